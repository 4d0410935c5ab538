import type { Json } from '../model/json';
import type { RunContext } from '../model/run-context';

export type RunStatus = 'running' | 'success' | 'failed' | 'aborted' | 'timed_out';

/** The META item of a logical run. */
export interface RunRecord {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly context: RunContext;
  /** ARN of the execution that owns the run: the latest. */
  readonly execution: string;
  /** Version of the machine that the first execution ran. */
  readonly version?: number;
  /** What the pipeline returned. */
  readonly result?: Json;
  /** ARNs of all, oldest first. */
  readonly executions: readonly string[];
  /** ISO instants: the start of the first execution, the end of the last. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly message?: string;
  readonly ttl: number;
}

/** The copy under the pipeline, which lists runs by their start. */
export interface RunListing {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly trigger: string;
  readonly logicalDate: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly message?: string;
  readonly execution: string;
}

export function listingOf(run: RunRecord): RunListing & { readonly ttl: number } {
  return {
    runId: run.runId,
    pipeline: run.pipeline,
    status: run.status,
    trigger: run.context.trigger,
    logicalDate: run.context.logicalDate,
    startedAt: run.startedAt,
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt }),
    ...(run.message === undefined ? {} : { message: run.message }),
    execution: run.execution,
    ttl: run.ttl,
  };
}

/** Runs of a schedule or a backfill belong to a logical date; there is one for each. */
export function hasDate(context: Pick<RunContext, 'trigger'>): boolean {
  return context.trigger === 'schedule' || context.trigger === 'backfill';
}
