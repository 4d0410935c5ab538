/** What the parts of an execution ask of each other: a state that ends may end its parent, which may fail, which a catcher … */
import type { Extra } from './bindings';
import type { Catcher, StateDefinition } from './definition';
import type { ExecutionRecord, Frame } from './records';
import type { StatesError } from './states-error';

export interface Steps {
  /** Runs a piece of a state; what it throws goes through the state's Retry and Catch. */
  guarded(frame: Frame, work: () => Promise<void>): Promise<void>;
  /** Evaluates Assign and Output over the values at entry, then moves on. */
  leave(frame: Frame, state: StateDefinition, result: unknown, extra?: Extra): Promise<void>;
  /** Moves on to where a catcher leads. */
  caught(frame: Frame, state: StateDefinition, catcher: Catcher, error: StatesError): Promise<void>;
  /** A frame has come to the end of its states. */
  frameEnded(frame: Frame, output: unknown): Promise<void>;
  /** Whether a distributed Map goes on although an iteration of it failed. */
  tolerated(parent: Frame, child: Frame, error: StatesError): Promise<boolean>;
  /** Opens the next iteration, or leaves when no child is open. */
  childDone(parent: Frame): Promise<void>;
  /** Sets the timers of a waiting frame and, for a task, calls out. */
  arm(frame: Frame): void;
  /** Nobody waits for what the frame waited for any longer. */
  disarm(frame: Frame): void;
  /** Does a piece of work after those before it, and then enters what became ready. */
  inTurn(work: () => Promise<void>): Promise<void>;
  /** The whole execution is over. */
  finish(status: ExecutionRecord['status'], details: Ending): void;
}

export interface Ending {
  readonly output?: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}
