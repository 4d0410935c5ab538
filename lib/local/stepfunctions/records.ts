/** What the engine keeps in the store. */
import type { Definition } from './definition';

export interface MachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly revisionId: string;
  readonly createdAt: number;
  readonly loggingConfiguration?: unknown;
  readonly tracingConfiguration?: unknown;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/**
 * One line of control: the machine itself, a branch of a Parallel, an iteration of a Map.
 * `phase` says what it waits for; everything needed to go on after a restart is in here.
 */
export interface Frame {
  readonly id: number;
  readonly parent?: number;
  /** Place among its siblings. */
  readonly index: number;
  /** Way from the machine's states to the states of this frame. */
  readonly path: readonly (string | number)[];
  state: string;
  input: unknown;
  variables: Record<string, unknown>;
  phase: 'ready' | 'task' | 'timer' | 'children' | 'retry';
  enteredAt: number;
  previousEventId: number;
  retries: number[];
  retryCount: number;
  token?: string;
  wakeAt?: number;
  timeoutAt?: number;
  /** Evaluated arguments of a task: a restart sends the same. */
  arguments?: unknown;
  results?: unknown[];
  open?: number;
  items?: unknown[];
  nextItem?: number;
  iteration?: { readonly index: number; readonly value: unknown };
}

export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly roleArn: string;
  readonly definition: Definition;
  readonly input: string;
  readonly startedAt: number;
  status: ExecutionStatus;
  stoppedAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount: number;
  lastEventId: number;
  nextFrame: number;
  frames: Record<string, Frame>;
}

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Seconds since 1970, as on the wire. */
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}
