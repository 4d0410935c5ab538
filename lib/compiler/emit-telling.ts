/**
 * Writes the states after a task that no function runs which tell how it ended, on the way that it took:
 *
 *   task ─▶ announce (datasets) ─▶ tell ─▶ next        task fails ─▶ tell failure ─▶ onFailure
 *
 * 1. A notification that cannot be told is lost, and nothing else: the end of the run tells of failures again.
 * 2. An update that cannot be told fails the task, as other pipelines wait for it; a rerun tells it.
 */
import { isWork, type TaskNode } from '../model/task-node';
import type { Catcher } from './asl';
import type { CompileContext } from './compile-context';
import { catchersOf, type TaskPath } from './emit-task';
import { valueToJson, wrap, type Lookup } from './jsonata';
import { stateNameOf } from './names';
import type { Scope } from './scope';
import { MAX_ENTRIES, occasionsOf, regardless, tellingState } from './telling';

/** Returns the path that the task itself takes. */
export function emitTelling(
  context: CompileContext,
  task: TaskNode,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): TaskPath {
  const { failed, succeeded, datasets } = occasionsOf(context.model, task);
  const failFast = context.model.failureMode === 'failFast';
  const name = stateNameOf(task.id);
  const about = { pipeline: context.model.id, task: task.id, scope };
  let { next, onFailure } = path;
  // Where the first failure ends the run, its end tells of it at once.
  if (failed && !failFast) {
    const state = `tell ${name} failed`;
    scope.states[state] = tellingState(
      about,
      [{ type: 'Task Failed', detail: failureOf(path.variable, scope) }],
      onFailure,
      regardless(onFailure),
    );
    onFailure = state;
  }
  if (succeeded) {
    const state = `tell of ${name}`;
    scope.states[state] = tellingState(
      about,
      [{ type: 'Task Succeeded', detail: {} }],
      next,
      regardless(next),
    );
    next = state;
  }
  const untold: Catcher | undefined = failFast ? undefined : catchersOf({ ...path, onFailure }).at(-1);
  const after = next;
  const key =
    isWork(task) && task.partitionKey !== undefined
      ? { partitionKey: valueToJson(task.partitionKey, lookup) }
      : {};
  for (let start = 0; start < datasets.length; start += MAX_ENTRIES) {
    const state = start === 0 ? `announce ${name}` : `announce ${name} ${start / MAX_ENTRIES + 1}`;
    const updatedAt =
      task.kind === 'query' ? wrap(`$${path.variable}.at`) : '{% $states.context.State.EnteredTime %}';
    const events = datasets
      .slice(start, start + MAX_ENTRIES)
      .map((dataset) => ({ type: 'Dataset Updated', detail: { dataset, ...key, updatedAt } }) as const);
    scope.states[state] = tellingState(about, events, next, untold);
    next = state;
  }
  if (next !== after && task.kind === 'query' && task.cache !== undefined) {
    const state = `${name} anew?`;
    scope.states[state] = {
      Type: 'Choice',
      Comment: 'A result of an earlier run updates nothing',
      Choices: [{ Condition: wrap(`$exists($${path.variable}.cached)`), Next: after }],
      Default: next,
    };
    next = state;
  }
  return { ...path, next, onFailure };
}

function failureOf(variable: string, { surroundings }: Scope) {
  const error = `$${variable}.error`;
  return {
    // How often it was tried is in the record of a query; nothing counts the attempts of the others.
    attempt: 0,
    redrive: wrap(`$${surroundings.redrive}`),
    final: true,
    error: {
      name: wrap(`$string(${error}.Error)`),
      message: wrap(`($exists(${error}.Cause) ? $substring($string(${error}.Cause), 0, 3000) : "")`),
    },
  };
}
