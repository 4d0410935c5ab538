/** Writes a Wait state whose expressions are total, as it cannot catch: what is no time ends the wait at once, as failed. */
import type { WaitTask } from '../model/task-node';
import type { State } from './asl';
import type { CompileContext } from './compile-context';
import type { TaskPath } from './emit-task';
import { expressionOf, wrap, type Lookup } from './jsonata';
import { stateNameOf } from './names';
import type { Scope } from './scope';

const INSTANT = '/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$/';
/** The longest a Wait state waits. */
const YEAR_SECONDS = 31_536_000;

export function emitWait(
  context: CompileContext,
  task: WaitTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  scope.states[stateNameOf(task.id)] = waitState(context, task, lookup, path);
}

function waitState(context: CompileContext, task: WaitTask, lookup: Lookup, path: TaskPath): State {
  const elapsed = task.until === 'elapsed';
  const field = elapsed ? 'Seconds' : 'Timestamp';
  const common = {
    Type: 'Wait',
    ...(task.docs === undefined ? {} : { Comment: task.docs }),
    Output: {},
    Next: path.next,
  } as const;
  const { time } = task;
  if (time.kind === 'literal')
    return {
      ...common,
      [field]: time.value,
      Assign: { [path.variable]: { status: 'success', out: null } },
    };
  const value = expressionOf(time, lookup);
  const usable = elapsed
    ? `$type($t) = 'number' and $t >= 0 and $t <= ${YEAR_SECONDS}`
    : `$type($t) = 'string' and $contains($t, ${INSTANT})`;
  const what = elapsed ? 'no number of seconds up to a year' : 'no ISO 8601 instant';
  const cause = `${JSON.stringify(`${task.id} was given what is ${what}: `)} & $string($t)`;
  const otherwise =
    context.model.failureMode === 'failFast' ? `$error(${cause})` : elapsed ? '0' : "'1970-01-01T00:00:00Z'";
  return {
    ...common,
    [field]: wrap(`($t := ${value}; ${usable} ? ${elapsed ? '$floor($t)' : '$t'} : ${otherwise})`),
    Assign: {
      [path.variable]: wrap(
        `($t := ${value}; ${usable} ? {'status': 'success', 'out': null} : {'status': 'failed', 'error': {'Error': 'Millrace.InvalidInput', 'Cause': ${cause}}})`,
      ),
    },
  };
}
