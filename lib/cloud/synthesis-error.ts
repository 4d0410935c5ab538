import { MillraceError } from '../model/errors';

/** Something that stops a synthesis as a whole: a wrong setting, a damaged download. Faults of one pipeline are `Failure`s. */
export class SynthesisError extends MillraceError {
  override readonly name = 'Millrace.SynthesisError';

  constructor(
    readonly code: string,
    message: string,
    /** What to do about it. */
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${message} ${remedy}`, options);
  }
}
