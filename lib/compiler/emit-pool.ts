/** Writes the states around a task that must be given slots: those that wait without a function, and those that free them. */
import type { Json } from '../model/json';
import type { TaskNode } from '../model/task-node';
import { claimsOf, type Claim } from './claims';
import type { CompileContext } from './compile-context';
import { catchersOf, SERVICE_RETRY, taskName, type TaskPath } from './emit-task';
import { wrap } from './jsonata';
import { stateNameOf } from './names';
import type { Scope } from './scope';

/** Names of the states that wait, by the number of the claim. */
const WAITS = ['slot for', 'turn for', 'room for', 'leave for'] as const;

export function isPooled(context: CompileContext, task: TaskNode | undefined): task is TaskNode {
  return claimsOf(context.model, task).length > 0;
}

export function slotName(id: string): string {
  return waitName(id, 0);
}

function waitName(id: string, i: number): string {
  return `${WAITS[i] ?? 'slot for'} ${stateNameOf(id)}`;
}

/** Returns the path that the task itself takes. */
export function emitPool(context: CompileContext, task: TaskNode, scope: Scope, path: TaskPath): TaskPath {
  const claims = claimsOf(context.model, task);
  const name = stateNameOf(task.id);
  const about = {
    task: scope.surroundings.each === undefined ? task.id : wrap(taskName(task.id, scope)),
    execution: wrap(`$${scope.surroundings.execution}`),
  };
  const failFast = context.model.failureMode === 'failFast';
  const release = (state: string, next: string): string => {
    scope.states[state] = {
      Type: 'Task',
      Comment: `Frees what ${task.id} held of ${claims.map(inWords).join(' and of ')}`,
      Resource: 'arn:aws:states:::lambda:invoke',
      TimeoutSeconds: 70,
      Arguments: {
        FunctionName: '${Launcher}',
        Payload: { action: 'pool-release', ...heldOf(claims), ...about },
      },
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
  const own: TaskPath = {
    ...path,
    next: release(`free ${name}`, path.next),
    onFailure: failFast ? path.onFailure : release(`free failed ${name}`, path.onFailure),
  };
  claims.forEach((claim, i) => {
    scope.states[waitName(task.id, i)] = {
      Type: 'Task',
      Comment: `Waits for ${claim.slots === 1 ? 'a slot' : `${claim.slots} slots`} of ${inWords(claim)}`,
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      TimeoutSeconds: context.model.runTimeoutSeconds,
      Arguments: {
        FunctionName: '${Launcher}',
        Payload: {
          action: 'pool-acquire',
          pool: claim.pool,
          ...about,
          size: claim.size,
          slots: claim.slots,
          token: '{% $states.context.Task.Token %}',
        },
      },
      Output: {},
      Retry: [SERVICE_RETRY],
      // Who holds some already frees them.
      ...(failFast ? {} : { Catch: catchersOf(i === 0 ? path : own) }),
      Next: i === claims.length - 1 ? name : waitName(task.id, i + 1),
    };
  });
  return own;
}

function heldOf(claims: readonly Claim[]): { readonly [name: string]: Json } {
  const pools = claims.map(({ pool }) => pool);
  return pools.length === 1 ? { pool: pools[0] ?? '' } : { pools };
}

function inWords({ pool }: Claim): string {
  if (pool === 'tasks:') return 'the tasks of the stage';
  if (pool.startsWith('tasks:')) return 'the tasks of the pipeline';
  return pool.startsWith('task:') ? 'the tasks of this name' : `the pool ${pool}`;
}
