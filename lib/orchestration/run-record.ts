import type { RunContext } from '../model/run-context';

export type RunStatus = 'running' | 'success' | 'failed' | 'aborted' | 'timed_out';

/** The META item of a logical run. */
export interface RunRecord {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly context: RunContext;
  /** ARN of the execution that owns the run. */
  readonly execution: string;
  readonly executions: readonly string[];
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly message?: string;
  readonly ttl: number;
}
