import type { Assign, State } from './asl';
import { variableOf } from './names';

/** What is being written: the machine itself, or a branch of a Parallel. */
export interface Scope {
  readonly depth: number;
  readonly states: Record<string, State>;
  /** Depth at which the variable of a task lies that was assigned outside this scope, or in it. */
  readonly assignedAt: Map<string, number>;
}

/** Statuses of tasks that do not run. */
export function assignStatus(scope: Scope, ids: readonly string[], status: string): Assign {
  return Object.fromEntries(ids.map((id) => [variableOf(id, scope.depth), { status }]));
}
