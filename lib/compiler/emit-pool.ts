/** Writes the states around a task of a pool: one that waits for a slot without a function, and those that free it. */
import type { ContractTask } from '../model/task-node';
import type { CompileContext } from './compile-context';
import { catchersOf, SERVICE_RETRY, taskName, type TaskPath } from './emit-task';
import { wrap } from './jsonata';
import { stateNameOf } from './names';
import type { Scope } from './scope';

type Pooled = ContractTask & { readonly pool: NonNullable<ContractTask['pool']> };

export function isPooled(task: object | undefined): task is Pooled {
  return task !== undefined && 'pool' in task && task.pool !== undefined;
}

export function slotName(id: string): string {
  return `slot for ${stateNameOf(id)}`;
}

/** Returns the path that the task itself takes. */
export function emitPool(context: CompileContext, task: Pooled, scope: Scope, path: TaskPath): TaskPath {
  const { pool } = task;
  const name = stateNameOf(task.id);
  const about = {
    pool: pool.name,
    task: scope.surroundings.each === undefined ? task.id : wrap(taskName(task.id, scope)),
    execution: wrap(`$${scope.surroundings.execution}`),
  };
  const failFast = context.model.failureMode === 'failFast';
  scope.states[slotName(task.id)] = {
    Type: 'Task',
    Comment: `Waits for ${pool.slots === 1 ? 'a slot' : `${pool.slots} slots`} of the pool ${pool.name}`,
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    TimeoutSeconds: context.model.runTimeoutSeconds,
    Arguments: {
      FunctionName: '${Launcher}',
      Payload: {
        action: 'pool-acquire',
        ...about,
        size: pool.size,
        slots: pool.slots,
        token: '{% $states.context.Task.Token %}',
      },
    },
    Output: {},
    Retry: [SERVICE_RETRY],
    ...(failFast ? {} : { Catch: catchersOf(path) }),
    Next: name,
  };
  const release = (state: string, next: string): string => {
    scope.states[state] = {
      Type: 'Task',
      Comment: `Frees what ${task.id} held of the pool ${pool.name}`,
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 70,
      Arguments: { FunctionName: '${Launcher}', Payload: { action: 'pool-release', ...about } },
      Output: {},
      Retry: [
        SERVICE_RETRY,
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 },
      ],
      // The end of the run frees it at the latest.
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: {}, Output: {}, Next: next }],
      Next: next,
    };
    return state;
  };
  return {
    ...path,
    next: release(`free ${name}`, path.next),
    onFailure: failFast ? path.onFailure : release(`free failed ${name}`, path.onFailure),
  };
}
