/** What the console refuses: an answer with a status, a text, and what to do about it. */
export class ConsoleError extends Error {
  override readonly name: string = 'Millrace.ConsoleError';

  constructor(
    readonly status: 400 | 403 | 404 | 405 | 409 | 413 | 500,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function notFound(what: string, remedy: string): ConsoleError {
  return new ConsoleError(404, `There is no ${what}.`, remedy);
}
