/**
 * Errors by name. `Error.name` is public: the `Retry` and `Catch` of a state machine match it, and users see it in the console.
 * A message says which pipeline, task and value, and what to do.
 */
export abstract class MillraceError extends Error {
  abstract override readonly name: string;
}

/**
 * A fault that a retry cannot mend: bad input, a broken contract, a refused promotion.
 * The runtime throws a subclass under its own name when the name is in `NON_RETRYABLE`, else as `Millrace.DoNotRetry`.
 */
export class DoNotRetry extends MillraceError {
  override readonly name: string = 'Millrace.DoNotRetry';
}

/** Ends a task as skipped instead of failed; its contract must say `skips: true`. */
export class Skipped extends MillraceError {
  override readonly name = 'Millrace.Skipped';
}

/** What a sensor waits for is not there yet: it is asked again after the interval. */
export class NotReady extends MillraceError {
  override readonly name = 'Millrace.NotReady';
}

/** What a sensor waited for did not come in time. */
export class SensorTimedOut extends DoNotRetry {
  override readonly name = 'Millrace.SensorTimedOut';
}

/** How an execution ends whose run has failed at its end. */
export const RUN_FAILED = 'Millrace.RunFailed';

/** The last task state says so when a run has failed, after that was recorded. */
export class RunFailed extends MillraceError {
  override readonly name = RUN_FAILED;
}

/** Names that the compiler excludes from every retry. */
export const NON_RETRYABLE = [
  'Millrace.DoNotRetry',
  'Millrace.InvalidParams',
  'Millrace.InvalidInput',
  'Millrace.InvalidOutput',
  'Millrace.ResultTooLarge',
  'Millrace.RunAlreadyRunning',
  'Millrace.InvalidDataset',
  'Millrace.ValidationFailed',
  'Millrace.TrackingRefused',
  'Millrace.ChampionChanged',
  'Millrace.VariableNotSet',
  'Millrace.InvalidVariable',
  'Millrace.ConnectionNotSet',
  'Millrace.InvalidConnection',
  'Millrace.InvalidModel',
] as const;

export type NonRetryableName = (typeof NON_RETRYABLE)[number];
