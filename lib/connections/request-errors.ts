import { DoNotRetry, MillraceError } from '../model/errors';

/** A server did not answer, or answered with a status that may pass: 408, 429, 500 and above. */
export class RequestFailed extends MillraceError {
  override readonly name = 'Millrace.RequestFailed';
}

/** A server answered with a status that was not expected, or with too much. */
export class RequestRefused extends DoNotRetry {
  override readonly name = 'Millrace.RequestRefused';
}
