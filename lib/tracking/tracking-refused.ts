import { DoNotRetry } from '../model/errors';

/** MLflow's error codes, as far as the store itself refuses something. */
export type RefusalCode =
  'INVALID_PARAMETER_VALUE' | 'RESOURCE_ALREADY_EXISTS' | 'RESOURCE_DOES_NOT_EXIST' | 'INVALID_STATE';

/** What the store refuses for a reason that a retry cannot mend: an unknown run, a changed param, a bad name. */
export class TrackingRefused extends DoNotRetry {
  override readonly name = 'Millrace.TrackingRefused';

  constructor(
    readonly code: RefusalCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
