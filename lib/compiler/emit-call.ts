/** Writes the state that calls an AWS service: no function in between. */
import type { CallTask } from '../model/task-node';
import type { CompileContext } from './compile-context';
import { catchersOf, retriesOf, type TaskPath } from './emit-task';
import { valueToJson, wrap, type Lookup } from './jsonata';
import { stateNameOf, summaryOf } from './names';
import type { Scope } from './scope';
import { callRetry } from './service-faults';

export function emitCall(
  context: CompileContext,
  task: CallTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  scope.states[stateNameOf(task.id)] = {
    Type: 'Task',
    Comment: summaryOf(task),
    Resource: `arn:aws:states:::aws-sdk:${task.service}:${task.action}`,
    TimeoutSeconds: task.timeoutSeconds,
    Arguments: valueToJson(task.arguments, lookup),
    Assign: {
      [path.variable]: { status: 'success', out: wrap(task.select ?? '$states.result') },
    },
    Output: {},
    Retry: retriesOf(task, callRetry(task.service)),
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}
