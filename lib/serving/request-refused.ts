/** A request that is not served: told to the client with its status. */
export interface Problem {
  /** Name of the field; of the whole request `''`. */
  readonly field: string;
  /** Row of the request, counted from 0; of the whole request `null`. */
  readonly row: number | null;
  readonly problem: 'missing' | 'extra' | 'mistyped' | 'non-finite' | 'too-large' | 'malformed';
  readonly message: string;
}

export class RequestRefused extends Error {
  override readonly name = 'Millrace.RequestRefused';

  constructor(
    readonly status: 400 | 404 | 405 | 413 | 415 | 503,
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }
}
