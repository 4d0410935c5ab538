/**
 * Results of earlier runs, for queries that ask for them (as lib/runtime/cache.ts does for functions):
 *
 *   begin ─▶ earlier ─▶ cached? ─▶ reuse ─▶ done        … record ─▶ keep ─▶ done
 *                           └────▶ query …
 *
 * 1. The same result means: same pipeline, service, statement, place and values.
 * 2. A table that does not answer costs the query, not the task.
 */
import { createHash } from 'node:crypto';
import type { Json } from '../model/json';
import type { QueryTask } from '../model/task-node';
import type { State } from './asl';
import { taskName } from './emit-task';
import { WRITE_RETRY } from './gates';
import { expressionOf, wrap, type Lookup } from './jsonata';
import { parametersExpression } from './query-arguments';
import { keyOf, names, type QueryParts } from './query-parts';

/** @param begins the state that asks the service */
export function cacheStates(
  { context, task, scope, lookup, states, variables }: QueryParts,
  begins: string,
): Record<string, State> {
  if (task.cache === undefined) return {};
  const { seconds } = task.cache;
  const { run } = scope.surroundings;
  const item = '$states.result.Item';
  const age = `$toMillis($states.context.State.EnteredTime) - $toMillis(${item}.at.S)`;
  const fresh = `$exists(${item}) and ${age} <= ${seconds * 1000}`;
  const key = { pk: { S: wrap(keyText(context.model.id, task, lookup)) }, sk: { S: 'RESULT' } };
  const onwards = { ErrorEquals: ['States.ALL'], Assign: {}, Output: {} };
  return {
    [states.earlier]: {
      Type: 'Task',
      Comment: `Is there a result that is not older than ${seconds} s?`,
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:getItem',
      TimeoutSeconds: 60,
      Arguments: { TableName: '${OrchestrationTable}', Key: key },
      Assign: {
        [variables.cached]: wrap(
          `(${fresh} ? {"run": ${item}.run.S, "task": ${item}.task.S, "at": ${item}.at.S} : false)`,
        ),
        [variables.out]: wrap(`(${fresh} ? $parse(${item}.resultText.S) : null)`),
      },
      Output: {},
      Retry: [WRITE_RETRY],
      Catch: [{ ...onwards, Assign: { [variables.cached]: false }, Next: begins }],
      Next: states.hit,
    },
    [states.hit]: {
      Type: 'Choice',
      Choices: [
        {
          Condition: wrap(`$not($${run}.cache = false) and $boolean($${variables.cached})`),
          Next: states.reuse,
        },
      ],
      Default: begins,
      // What was found and is not wanted is none.
      Assign: { [variables.cached]: false },
    },
    [states.reuse]: {
      Type: 'Task',
      Comment: 'Records the result of the earlier run',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem',
      TimeoutSeconds: 60,
      Arguments: {
        TableName: '${OrchestrationTable}',
        Key: keyOf(task, scope),
        UpdateExpression:
          'SET #status = :success, #result = :result, #endedAt = :now, #cached = :cached REMOVE #job',
        ExpressionAttributeNames: names(
          'status',
          'endedAt',
          'cached',
          ['result', 'resultText'],
          ['job', 'jobId'],
        ),
        ExpressionAttributeValues: {
          ':success': { S: 'success' },
          ':result': { S: wrap(`$string($${variables.out})`) },
          ':now': { S: '{% $states.context.State.EnteredTime %}' },
          ':cached': {
            M: {
              run: { S: wrap(`$${variables.cached}.run`) },
              task: { S: wrap(`$${variables.cached}.task`) },
              at: { S: wrap(`$${variables.cached}.at`) },
            },
          },
        },
      },
      Assign: { [variables.at]: '{% $states.context.State.EnteredTime %}' },
      Output: {},
      Retry: [WRITE_RETRY],
      Next: states.done,
    },
    [states.keep]: {
      Type: 'Task',
      Comment: 'Keeps the result for other runs',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:putItem',
      TimeoutSeconds: 60,
      Arguments: {
        TableName: '${OrchestrationTable}',
        Item: {
          ...key,
          resultText: { S: wrap(`$string($${variables.out})`) },
          run: { S: wrap(`$${run}.id`) },
          task: { S: wrap(taskName(task.id, scope)) },
          at: { S: '{% $states.context.State.EnteredTime %}' },
          ttl: {
            N: wrap(`$string($ceil($toMillis($states.context.State.EnteredTime) / 1000) + ${seconds})`),
          },
        },
      },
      Output: {},
      Retry: [WRITE_RETRY],
      Catch: [{ ...onwards, Next: states.done }],
      Next: states.done,
    },
  };
}

function keyText(pipeline: string, task: QueryTask, lookup: Lookup): string {
  const constant: Json = [pipeline, task.engine, task.sql, { ...task.types }, task.maxRows];
  const code = createHash('sha256').update(JSON.stringify(constant)).digest('hex');
  const place = expressionOf({ kind: 'object', fields: task.target }, lookup);
  const given = `$string([${place}, ${parametersExpression(task, lookup)}])`;
  return `"CACHE#" & $hash("${code}" & ${given}, "SHA-256")`;
}
