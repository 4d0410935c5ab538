/**
 * A gate lets a task wait for a task of another branch, without a Lambda and without polling.
 *
 * One item per (execution, upstream task) of the orchestration table serves all who wait. A waiter registers the token of
 * its state there unless the result is there already; the marker writes the result and gets back who has registered.
 * DynamoDB orders the writes of one item, so either the marker sees the token, or the waiter sees the result: nobody
 * sleeps for ever. A retried write changes nothing; a token that is no longer waited for is ignored.
 */
import type { Json } from '../model/json';
import type { CompileContext } from './compile-context';
import { wrap } from './jsonata';
import { stateNameOf, variableOf } from './names';
import type { Scope } from './scope';

const KEEP_SECONDS = 400 * 86_400;
export const WRITE_RETRY: Json = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 1,
  MaxAttempts: 6,
  BackoffRate: 2,
  JitterStrategy: 'FULL',
};
export const NEVER = (error: string): Json => ({ ErrorEquals: [error], MaxAttempts: 0 });
export const TAKEN = 'DynamoDb.ConditionalCheckFailedException';

/** States that wait for the end of each of the upstream tasks, one after the other. Returns the first. */
export function emitAwaits(
  context: CompileContext,
  task: string,
  upstream: readonly string[],
  scope: Scope,
  next: string,
): string {
  return upstream.toReversed().reduce((after, up) => emitAwait(context, task, up, scope, after), next);
}

function emitAwait(
  context: CompileContext,
  task: string,
  upstream: string,
  scope: Scope,
  next: string,
): string {
  const name = context.awaitName(upstream, task);
  const read = `${name}: result`;
  const assign = { [variableOf(upstream, scope.depth)]: wrap('$parse($states.result.Item.result.S)') };
  scope.assignedAt.set(upstream, scope.depth);
  scope.states[name] = {
    Type: 'Task',
    Comment: `Waits for ${upstream}`,
    Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken',
    TimeoutSeconds: context.model.runTimeoutSeconds,
    Arguments: {
      TableName: '${OrchestrationTable}',
      Key: gateKey(upstream),
      UpdateExpression: 'SET #token = :token, #ttl = :ttl',
      ConditionExpression: 'attribute_not_exists(#result)',
      ExpressionAttributeNames: { '#token': `t#${task}`, '#result': 'result', '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':token': { S: '{% $states.context.Task.Token %}' },
        ':ttl': timeToLive(),
      },
    },
    Assign: { [variableOf(upstream, scope.depth)]: '{% $states.result %}' },
    Output: {},
    Retry: [NEVER(TAKEN), NEVER('States.Timeout'), WRITE_RETRY],
    Catch: [{ ErrorEquals: [TAKEN], Assign: {}, Output: {}, Next: read }],
    Next: next,
  };
  scope.states[read] = {
    Type: 'Task',
    Comment: `${upstream} has ended already`,
    Resource: 'arn:aws:states:::aws-sdk:dynamodb:getItem',
    TimeoutSeconds: 60,
    Arguments: { TableName: '${OrchestrationTable}', Key: gateKey(upstream), ConsistentRead: true },
    Assign: assign,
    Output: {},
    Retry: [WRITE_RETRY],
    Next: next,
  };
  return name;
}

/** States that tell all who wait for a task how it ended. Returns the first. */
export function emitMark(context: CompileContext, task: string, scope: Scope, next: string): string {
  const name = `mark ${stateNameOf(task)}`;
  const wake = `wake for ${stateNameOf(task)}`;
  const result = wrap(`$string($${variableOf(task, scope.depth)})`);
  const tokens = `${variableOf(task, scope.depth)}__waiting`;
  const waiters = context.waitersOf(task).length;
  scope.states[name] = {
    Type: 'Task',
    Comment: `Tells who waits for ${task}`,
    Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem',
    TimeoutSeconds: 60,
    Arguments: {
      TableName: '${OrchestrationTable}',
      Key: gateKey(task),
      UpdateExpression: 'SET #result = :result, #ttl = :ttl',
      ExpressionAttributeNames: { '#result': 'result', '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':result': { S: result }, ':ttl': timeToLive() },
      ReturnValues: 'ALL_NEW',
    },
    Assign: {
      [tokens]: wrap(
        "[$each($states.result.Attributes, function($value, $name) { $substring($name, 0, 2) = 't#' ? $value.S })]",
      ),
    },
    Output: {},
    Retry: [WRITE_RETRY],
    Next: wake,
  };
  scope.states[wake] = {
    Type: 'Map',
    Comment: waiters === 1 ? 'One task may wait' : `${waiters} tasks may wait`,
    Items: `{% $${tokens} %}`,
    ItemProcessor: {
      ProcessorConfig: { Mode: 'INLINE' },
      StartAt: `${wake} one`,
      States: {
        [`${wake} one`]: {
          Type: 'Task',
          Resource: 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess',
          TimeoutSeconds: 60,
          Arguments: { TaskToken: '{% $states.input %}', Output: result },
          Output: {},
          Retry: [
            NEVER('Sfn.TaskTimedOutException'),
            NEVER('Sfn.TaskDoesNotExistException'),
            NEVER('Sfn.InvalidTokenException'),
            WRITE_RETRY,
          ],
          // Whoever held such a token has gone; if it waits again, it finds the result.
          Catch: [
            {
              ErrorEquals: [
                'Sfn.TaskTimedOutException',
                'Sfn.TaskDoesNotExistException',
                'Sfn.InvalidTokenException',
              ],
              Assign: {},
              Output: {},
              Next: `${wake} none`,
            },
          ],
          End: true,
        },
        [`${wake} none`]: { Type: 'Succeed' },
      },
    },
    Output: {},
    Next: next,
  };
  return name;
}

function gateKey(task: string): Json {
  return {
    pk: { S: "{% 'RUN#' & $run.id %}" },
    sk: { S: `{% 'GATE#' & $states.context.Execution.Name & '#' & ${JSON.stringify(task)} %}` },
  };
}

export function timeToLive(): Json {
  return {
    N: `{% $string($floor($toMillis($states.context.Execution.StartTime) / 1000) + ${KEEP_SECONDS}) %}`,
  };
}
