import type { Logger } from '@aws-lambda-powertools/logger';
import type { ObjectStore } from '../aws/object-store';
import type { RunContext } from '../model/run-context';
import type { TaskTracking } from '../tracking/task-tracking';

/** What a handler is given besides its input. */
export interface TaskContext {
  readonly run: RunContext;
  /** Task id with its groups. */
  readonly task: string;
  /** 0 at the first attempt. */
  readonly attempt: number;
  /** ARN of the execution. */
  readonly execution: string;
  readonly log: Logger;
  readonly objects: ObjectStore;
  /** A scratch directory, made at the first call and removed when the task ends. */
  tmp(): Promise<string>;
  /** Experiment tracking; the experiment and the parent run are made at the first call. */
  tracking(): Promise<TaskTracking>;
  /** Milliseconds until the function is stopped. */
  remainingMs(): number;
  /** A figure for CloudWatch. */
  emitMetric(name: string, value: number, unit?: 'Count' | 'Milliseconds' | 'Bytes' | 'Seconds'): void;
}
