import type { Logger } from '@aws-lambda-powertools/logger';
import type { ObjectStore } from '../aws/object-store';
import type { RunContext } from '../model/run-context';
import type { ConnectionUser } from '../connections/user';
import type { ValueOf, Variable } from '../tasks/variable';
import type { TaskTracking } from '../tracking/task-tracking';
import type { TaskState } from './task-state';

export type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds' | 'Bytes' | 'Percent' | 'None';

/** What a handler is given besides its input. */
export interface TaskContext extends ConnectionUser {
  readonly run: RunContext;
  /** Task id with its groups. */
  readonly task: string;
  /** 0 at the first attempt. */
  readonly attempt: number;
  /** ARN of the execution. */
  readonly execution: string;
  readonly log: Logger;
  readonly objects: ObjectStore;
  /** A scratch directory, made at the first call and removed when the task ends, however it ends. */
  tmp(): Promise<string>;
  /** Experiment tracking and the model registry; opened at the first call. */
  tracking(): Promise<TaskTracking>;
  /** The value of a variable that the contract uses, read once per attempt. */
  variable<V extends Variable>(variable: V): Promise<ValueOf<V>>;
  /** What the task keeps from attempt to attempt and from run to run; at most 16 KiB a value. */
  readonly state: TaskState;
  /** A figure for CloudWatch, with the pipeline and the task as dimensions. @default unit 'Count' */
  emitMetric(name: string, value: number, unit?: MetricUnit): void;
  /** Milliseconds until the function is stopped. */
  remainingMs(): number;
  /** Tells a state machine that waits for a task token that the work goes on; does nothing when none waits. */
  heartbeat(): Promise<void>;
}
