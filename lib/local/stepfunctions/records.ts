/** What the engine keeps in the store. */
export interface MachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly definition: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly revisionId: string;
  readonly createdAt: number;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/**
 * One line of control: the machine itself, a branch of a Parallel, an iteration of a Map.
 * `phase` says what it waits for; everything needed to go on after a restart is in here, except what its children tell.
 */
export interface Frame {
  readonly id: number;
  readonly parent?: number;
  /** Place among its siblings. */
  readonly index: number;
  /** Way from the machine's states to the states of this frame. */
  readonly path: readonly (string | number)[];
  /** Iteration of a distributed Map: an execution of its own that sees no outer variable. Holds its input. */
  readonly isolated?: { readonly name: string; readonly input: unknown };
  readonly iteration?: { readonly index: number; readonly value: unknown };
  state: string;
  input: unknown;
  variables: Record<string, unknown>;
  phase: 'ready' | 'task' | 'timer' | 'children' | 'retry' | 'done';
  enteredAt: number;
  previousEventId: number;
  retries: number[];
  retryCount: number;
  token?: string;
  wakeAt?: number;
  timeoutAt?: number;
  heartbeatSeconds?: number;
  heartbeatAt?: number;
  /** Evaluated arguments of a task: a restart sends the same. */
  arguments?: unknown;
  /** Items of a Map. */
  items?: unknown[];
  /** Result of a frame that is done, until its siblings are. */
  output?: unknown;
  /** Set instead of `output` for an iteration whose failure its Map tolerates. */
  failure?: { readonly error: string; readonly cause: string };
}

export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  /** Revision of the machine that it runs, to its end. */
  readonly revisionId: string;
  readonly roleArn: string;
  /** What it was started as, when that was not the machine itself. */
  readonly versionArn?: string;
  readonly aliasArn?: string;
  readonly input: string;
  readonly startedAt: number;
  /** Token of the task that started it as a nested execution. */
  readonly startedBy?: string;
  status: ExecutionStatus;
  stoppedAt?: number;
  redrivenAt?: number;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount: number;
  lastEventId: number;
  nextFrame: number;
}

export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Seconds since 1970, as on the wire. */
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}
