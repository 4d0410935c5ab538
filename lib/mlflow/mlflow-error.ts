/** What MLflow's clients understand as a failure: a code, a message, and the HTTP status that goes with the code. */
import { TableBusy } from '../aws/dynamo-table';
import { BucketNotFound, ObjectAccessDenied, ObjectNotFound } from '../aws/object-errors';
import { DoNotRetry } from '../model/errors';
import { PromotionRefused } from '../tracking/gates';
import { ChampionChanged } from '../tracking/promotion';
import { TrackingRefused } from '../tracking/tracking-refused';

/**
 * Clients repeat 429 and 5xx seven times, for minutes. So nothing that a repetition cannot mend has such a status; that is
 * why INVALID_STATE, which MLflow's own server sends with 500, has 400 here. Clients go by the code, not by the status.
 */
const STATUS = {
  INVALID_PARAMETER_VALUE: 400,
  BAD_REQUEST: 400,
  INVALID_STATE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_CONFLICT: 409,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof STATUS;

export class MlflowError extends Error {
  override readonly name = 'Millrace.MlflowError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get status(): number {
    return STATUS[this.code];
  }
}

export function invalid(message: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', message);
}

/** MLflow's name for whatever was thrown. */
export function mlflowError(thrown: unknown): MlflowError {
  if (thrown instanceof MlflowError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new MlflowError(codeOf(thrown), message, { cause: thrown });
}

function codeOf(thrown: unknown): ErrorCode {
  if (thrown instanceof TrackingRefused) return thrown.code;
  if (thrown instanceof PromotionRefused) return 'PERMISSION_DENIED';
  if (thrown instanceof ChampionChanged) return 'RESOURCE_CONFLICT';
  if (thrown instanceof ObjectNotFound || thrown instanceof BucketNotFound) return 'RESOURCE_DOES_NOT_EXIST';
  if (thrown instanceof ObjectAccessDenied) return 'PERMISSION_DENIED';
  if (thrown instanceof TableBusy) return 'TEMPORARILY_UNAVAILABLE';
  return thrown instanceof DoNotRetry ? 'BAD_REQUEST' : codeOfAws(thrown);
}

/** What the AWS SDK has given up on: a refusal stays one, so that clients do not repeat what cannot succeed. */
function codeOfAws(thrown: unknown): ErrorCode {
  const { name = '', $metadata } = Object(thrown) as {
    name?: string;
    $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode ?? 500;
  if (
    /^(?:Throttling|ProvisionedThroughputExceeded|RequestLimitExceeded|SlowDown)/.test(name) ||
    status === 503
  )
    return 'TEMPORARILY_UNAVAILABLE';
  if (name === 'NoSuchUpload') return 'RESOURCE_DOES_NOT_EXIST';
  if (status === 403 || name === 'AccessDeniedException') return 'PERMISSION_DENIED';
  return status >= 400 && status < 500 ? 'BAD_REQUEST' : 'INTERNAL_ERROR';
}
