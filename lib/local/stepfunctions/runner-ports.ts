/** What carries an execution forward, and what it needs from around it. */
import type { Clock } from '../clock';
import type { Turn } from '../lambda/slots';
import type { FrameChanges } from './frames';
import type { ExecutionRecord, HistoryEvent } from './records';
import type { StatesError } from './states-error';

export interface TaskRequest {
  readonly resource: string;
  readonly arguments: unknown;
  readonly token: string;
  readonly roleArn: string;
  readonly executionArn: string;
  /** Aborted when nobody waits for the task any longer. */
  readonly signal?: AbortSignal;
  /** While the work waits for a core of this machine its timeout does not run. */
  readonly turn?: Turn;
}

export interface RunnerPorts {
  readonly clock: Clock;
  save(record: ExecutionRecord, frames: FrameChanges, events: readonly HistoryEvent[]): void;
  /** Does what a task asks for. The result is the state's result; with a task token it is ignored. */
  perform(request: TaskRequest): Promise<unknown>;
  ended(record: ExecutionRecord): void;
}

/** How a task ended. */
export type Outcome = { readonly output: unknown } | { readonly error: StatesError };
