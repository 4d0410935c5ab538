/**
 * Writes the states of an approval: one item of the orchestration table holds the question and the token of the waiting
 * state; whoever decides writes the decision into it and sends it to the token (lib/orchestration/approvals.ts).
 * A decision stands: a rerun, or a retry of the write, finds it in the item and does not ask again.
 */
import type { Json } from '../model/json';
import type { ApprovalTask, TaskNode } from '../model/task-node';
import type { Catcher } from './asl';
import type { CompileContext } from './compile-context';
import { catchersOf, type TaskPath } from './emit-task';
import { NEVER, TAKEN, timeToLive, WRITE_RETRY } from './gates';
import { expressionOf, wrap, type Lookup } from './jsonata';
import { stateNameOf } from './names';
import type { Scope } from './scope';
import { occasionsOf, regardless, tellingState } from './telling';

export function emitApproval(
  context: CompileContext,
  task: ApprovalTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  const name = stateNameOf(task.id);
  const expiresAt = wrap(
    `$fromMillis($toMillis($states.context.State.EnteredTime) + ${task.expiresSeconds * 1000})`,
  );
  const prompt = wrap(`$string(${expressionOf(task.prompt, lookup)})`);
  // Told before it is asked, as a state that waits tells nothing; the notifier looks whether there is still something to decide.
  if (tellsThatItAsks(context, task))
    scope.states[askingName(task.id)] = tellingState(
      { pipeline: context.model.id, task: task.id, scope },
      [{ type: 'Decision Asked', detail: { prompt, expiresAt } }],
      name,
      regardless(name),
    );
  const decided = `${name}: decided`;
  const failed = context.model.failureMode === 'failFast' ? [] : catchersOf(path);
  const expired: Catcher[] =
    task.onExpiry === 'skip'
      ? [
          {
            ErrorEquals: ['States.Timeout'],
            Assign: { [path.variable]: { status: 'skipped' } },
            Output: {},
            Next: path.next,
          },
        ]
      : [];
  scope.states[name] = {
    Type: 'Task',
    ...(task.docs === undefined ? {} : { Comment: task.docs }),
    Resource: 'arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken',
    TimeoutSeconds: task.expiresSeconds,
    Arguments: {
      TableName: '${OrchestrationTable}',
      Item: {
        ...keyOf(task),
        task: { S: task.id },
        pipeline: { S: context.model.id },
        prompt: { S: prompt },
        details: { S: wrap(`$string(${expressionOf(task.details, lookup)})`) },
        form: { S: JSON.stringify(task.form) },
        token: { S: '{% $states.context.Task.Token %}' },
        execution: { S: '{% $states.context.Execution.Id %}' },
        requestedAt: { S: '{% $states.context.State.EnteredTime %}' },
        expiresAt: { S: expiresAt },
        ttl: timeToLive(),
      },
      ConditionExpression: 'attribute_not_exists(#decision)',
      ExpressionAttributeNames: { '#decision': 'decision' },
    },
    Assign: { [path.variable]: { status: 'success', out: '{% $states.result %}' } },
    Output: {},
    Retry: [NEVER(TAKEN), NEVER('States.Timeout'), WRITE_RETRY],
    Catch: [{ ErrorEquals: [TAKEN], Assign: {}, Output: {}, Next: decided }, ...expired, ...failed],
    Next: path.next,
  };
  scope.states[decided] = {
    Type: 'Task',
    Comment: 'Somebody has decided already',
    Resource: 'arn:aws:states:::aws-sdk:dynamodb:getItem',
    TimeoutSeconds: 60,
    Arguments: { TableName: '${OrchestrationTable}', Key: keyOf(task), ConsistentRead: true },
    Assign: {
      [path.variable]: { status: 'success', out: '{% $parse($states.result.Item.decision.S) %}' },
    },
    Output: {},
    Retry: [WRITE_RETRY],
    ...(failed.length === 0 ? {} : { Catch: failed }),
    Next: path.next,
  };
}

/** Whether an approval begins with the state that tells people of it. */
export function tellsThatItAsks(context: CompileContext, task: TaskNode | undefined): task is ApprovalTask {
  return task?.kind === 'approval' && occasionsOf(context.model, task).asked;
}

export function askingName(id: string): string {
  return `tell of ${stateNameOf(id)}`;
}

function keyOf(task: ApprovalTask): { readonly [name: string]: Json } {
  return { pk: { S: "{% 'RUN#' & $run.id %}" }, sk: { S: `APPROVAL#${task.id}` } };
}
