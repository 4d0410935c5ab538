import type { Assign, State } from './asl';
import { variableOf } from './names';

/** Where the facts about the run are, as expressions: in the machine, or in what an iteration of a map was given. */
export interface Surroundings {
  readonly run: string;
  readonly execution: string;
  readonly redrive: string;
  /** Inside a map: the variable that has `item` and `index`. */
  readonly each?: string;
  /** Tasks outside of a map whose iterations see no variables of the machine: where their results are. */
  readonly captured: ReadonlyMap<string, string>;
}

export const MACHINE: Surroundings = {
  run: 'run',
  execution: 'states.context.Execution.Id',
  redrive: 'states.context.Execution.RedriveCount',
  captured: new Map(),
};

/** What is being written: the machine itself, a branch of a Parallel, or an iteration of a map. */
export interface Scope {
  readonly depth: number;
  readonly surroundings: Surroundings;
  readonly states: Record<string, State>;
  /** Depth at which the variable of a task lies that was assigned outside this scope, or in it. */
  readonly assignedAt: Map<string, number>;
}

/** The variable that holds a task's result. */
export function variableIn(scope: Scope, id: string): string {
  const depth = scope.assignedAt.get(id);
  return depth === undefined
    ? (scope.surroundings.captured.get(id) ?? variableOf(id, 0))
    : variableOf(id, depth);
}

/** Statuses of tasks that do not run. */
export function assignStatus(scope: Scope, ids: readonly string[], status: string): Assign {
  return Object.fromEntries(ids.map((id) => [variableOf(id, scope.depth), { status }]));
}
