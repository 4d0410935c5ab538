/** The first states of a query: is it done already, is it another attempt, may an earlier result do? */
import type { State } from './asl';
import { taskName } from './emit-task';
import { NEVER, TAKEN, timeToLive, WRITE_RETRY } from './gates';
import { wrap } from './jsonata';
import { beginOf, jobText, keyOf, names, tellsMore, type QueryParts } from './query-parts';
import { regardless, tellingState } from './telling';

/** Records the attempt unless the query has succeeded in this run. */
export function beginStates(parts: QueryParts): Record<string, State> {
  const { context, task, scope, lookup, states, variables, occasions } = parts;
  const { execution, redrive } = scope.surroundings;
  const begins = task.cache === undefined ? beginOf(parts) : states.earlier;
  const attach = task.engine === 'redshift';
  const token = `$hash($${execution} & "/" & $states.context.State.EnteredTime & "/" & ${taskName(task.id, scope)}, "SHA-256")`;
  const old = '$states.result.Attributes';
  return {
    [states.begin]: {
      Type: 'Task',
      Comment: 'Records the attempt, unless the query has succeeded in this run',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem',
      TimeoutSeconds: 60,
      Arguments: {
        TableName: '${OrchestrationTable}',
        Key: keyOf(task, scope),
        UpdateExpression:
          'SET #task = :task, #status = :running, #execution = :execution, #redrive = :redrive, #startedAt = :now, #ttl = :ttl, #attempt = if_not_exists(#attempt, :zero) + :one REMOVE #endedAt, #error',
        ConditionExpression: 'attribute_not_exists(#result) OR #status <> :success',
        ExpressionAttributeNames: names('task', 'status', 'execution', 'redrive', 'startedAt', 'ttl', 'attempt', 'endedAt', 'error', ['result', 'resultText']), // prettier-ignore
        ExpressionAttributeValues: {
          ':task': { S: wrap(taskName(task.id, scope)) },
          ':running': { S: 'running' },
          ':success': { S: 'success' },
          ':execution': { S: wrap(`$${execution}`) },
          ':redrive': { N: wrap(`$string($${redrive})`) },
          ':now': { S: '{% $states.context.State.EnteredTime %}' },
          ':ttl': timeToLive(),
          ':zero': { N: '0' },
          ':one': { N: '1' },
        },
        ...(attach || occasions.retried ? { ReturnValues: 'ALL_OLD' } : {}),
      },
      Assign: {
        [variables.token]: wrap(token),
        ...(attach
          ? {
              [variables.job]: wrap(
                `($exists(${old}.jobId.S) and ${old}.status.S = "running" and ${old}.jobText.S = ${jobText(task, lookup)} ? ${old}.jobId.S : "")`,
              ),
              [variables.looks]: 0,
              [variables.since]: '{% $states.context.State.EnteredTime %}',
            }
          : {}),
        ...(occasions.retried ? { [variables.old]: wrap(earlierAttempt(old, parts)) } : {}),
      },
      Output: {},
      Retry: [NEVER(TAKEN), WRITE_RETRY],
      Catch: [{ ErrorEquals: [TAKEN], Assign: {}, Output: {}, Next: states.remember }],
      Next: occasions.retried ? states.again : begins,
    },
    ...(occasions.retried
      ? {
          [states.again]: {
            Type: 'Choice',
            Choices: [{ Condition: wrap(`$boolean($${variables.old})`), Next: states.retried }],
            Default: begins,
          } satisfies State,
          [states.retried]: tellingState(
            { pipeline: context.model.id, task: task.id, scope },
            [
              {
                type: 'Task Retried',
                detail: {
                  attempt: wrap(`$${variables.old}.attempt + 1`),
                  error: wrap(`$${variables.old}.error`),
                },
              },
            ],
            begins,
            regardless(begins),
          ),
        }
      : {}),
    [states.remember]: {
      Type: 'Task',
      Comment: 'It has succeeded in this run: its result is used again',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:getItem',
      TimeoutSeconds: 60,
      Arguments: { TableName: '${OrchestrationTable}', Key: keyOf(task, scope), ConsistentRead: true },
      Output: wrap(rememberedOf(parts)),
      Retry: [WRITE_RETRY],
      End: true,
    },
  };
}

/** Of the attempt before, in the same execution; false when this is the first. */
function earlierAttempt(old: string, { scope }: QueryParts): string {
  const { execution, redrive } = scope.surroundings;
  const same = `${old}.execution.S = $${execution} and ${old}.redrive.N = $string($${redrive})`;
  const error = `{"name": $string(${old}.error.M.name.S), "message": $string(${old}.error.M.message.S)}`;
  return `($exists(${old}.error) and ${same} ? {"attempt": $number(${old}.attempt.N), "error": ${error}} : false)`;
}

function rememberedOf(parts: QueryParts): string {
  const item = '$states.result.Item';
  const out = `$parse(${item}.resultText.S)`;
  if (!tellsMore(parts)) return out;
  return `$merge([{"out": ${out}, "at": ${item}.endedAt.S}, $exists(${item}.cached) ? {"cached": true} : {}])`;
}
