/** Writes the state of a task that only computes. */
import type { Json } from '../model/json';
import type { ChooseTask, EmptyTask, ShortCircuitTask } from '../model/task-node';
import type { CompileContext } from './compile-context';
import type { TaskPath } from './emit-task';
import { expressionOf, wrap, type Lookup } from './jsonata';
import { stateNameOf } from './names';
import type { Scope } from './scope';

export type Passing = ChooseTask | ShortCircuitTask | EmptyTask;

export function emitPass(
  _context: CompileContext,
  task: Passing,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  scope.states[stateNameOf(task.id)] = {
    Type: 'Pass',
    ...(task.docs === undefined ? {} : { Comment: task.docs }),
    Assign: { [path.variable]: passedResult(task, lookup) },
    Output: {},
    Next: path.next,
  };
}

/** What a task leaves that only computes. */
function passedResult(task: Passing, lookup: Lookup): Json {
  switch (task.kind) {
    case 'short-circuit': {
      const condition = expressionOf(task.condition, lookup);
      return wrap(`${condition} ? {'status': 'success', 'out': true} : {'status': 'skipped'}`);
    }
    case 'choose': {
      const cases = task.cases.map(
        ({ choice, condition }) => `${expressionOf(condition, lookup)} ? ${JSON.stringify(choice)}`,
      );
      const chosen = `[${cases.map((one) => `(${one})`).join(', ')}]`;
      return {
        status: 'success',
        out: wrap(
          task.otherwise === undefined
            ? chosen
            : `($c := ${chosen}; $count($c) = 0 ? [${JSON.stringify(task.otherwise)}] : $c)`,
        ),
      };
    }
    case 'empty':
      return { status: 'success', out: null };
  }
}
