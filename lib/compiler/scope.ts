import type { State } from './asl';

/** What is being written: the machine itself, or a branch of a Parallel. */
export interface Scope {
  readonly depth: number;
  readonly states: Record<string, State>;
  /** Depth at which the variable of a task lies that was assigned outside this scope, or in it. */
  readonly assignedAt: Map<string, number>;
}
