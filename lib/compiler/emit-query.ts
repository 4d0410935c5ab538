/**
 * Writes the states of a query. They are the only branch of a Parallel, so that the task's retries begin with `begin`:
 *
 *   Athena     begin ─▶ query (.sync) ─▶ result ─▶ record        its time is up: find ─▶ stop ─▶ failed
 *   Redshift   begin ─▶ query ─▶ note ─▶ wait ⇄ look ─▶ result ─▶ record        its time is up: stop ─▶ failed
 *              begin ─▶ wait …                                   a statement of a stopped execution still runs
 *   Aurora     begin ─▶ query ─▶ record                          the service ends a statement by itself
 *
 * 1. A query that succeeded in its logical run is not asked again: `begin` finds the record, and `remember` answers.
 * 2. A request that is repeated (throttling, a lost answer, an engine that was killed) means the same query: its token
 *    follows from the moment at which the attempt began.
 * 3. Another attempt is another query: the token is another one.
 */
import type { QueryTask } from '../model/task-node';
import type { State } from './asl';
import type { CompileContext } from './compile-context';
import { catchersOf, retriesOf, type TaskPath } from './emit-task';
import { WRITE_RETRY } from './gates';
import { wrap, type Lookup } from './jsonata';
import { stateNameOf, summaryOf } from './names';
import { athenaStates } from './query-athena';
import { auroraStates } from './query-aurora';
import { beginStates } from './query-begin';
import { cacheStates } from './query-cache';
import { beginOf, keyOf, names, tellsMore, type QueryParts } from './query-parts';
import { redshiftStates } from './query-redshift';
import type { Scope } from './scope';
import { occasionsOf } from './telling';

export function emitQuery(
  context: CompileContext,
  task: QueryTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  const name = stateNameOf(task.id);
  const { variable } = path;
  const parts: QueryParts = {
    context,
    task,
    scope,
    lookup,
    occasions: occasionsOf(context.model, task),
    states: {
      begin: `begin ${name}`,
      remember: `${name} is done`,
      again: `${name} again?`,
      retried: `retry of ${name}`,
      earlier: `earlier ${name}`,
      hit: `${name} cached?`,
      reuse: `reuse ${name}`,
      keep: `keep ${name}`,
      done: `done ${name}`,
      attach: `${name} begins?`,
      query: `query ${name}`,
      find: `find ${name}`,
      stop: `stop ${name}`,
      note: `note ${name}`,
      wait: `wait for ${name}`,
      look: `look at ${name}`,
      ended: `${name} ended?`,
      result: `result of ${name}`,
      record: `record ${name}`,
      failed: `${name} failed`,
      fail: `fail ${name}`,
    },
    variables: {
      token: `${variable}__token`,
      query: `${variable}__query`,
      job: `${variable}__job`,
      looks: `${variable}__looks`,
      since: `${variable}__since`,
      out: `${variable}__out`,
      error: `${variable}__error`,
      old: `${variable}__old`,
      cached: `${variable}__cached`,
      at: `${variable}__at`,
    },
  };
  const branch: Record<string, State> = {
    ...beginStates(parts),
    ...cacheStates(parts, beginOf(parts)),
    ...{ athena: athenaStates, redshift: redshiftStates, aurora: auroraStates }[task.engine](parts),
    ...endStates(parts),
  };
  scope.states[name] = {
    Type: 'Parallel',
    Comment: summaryOf(task),
    Branches: [{ StartAt: parts.states.begin, States: branch }],
    Assign: {
      [variable]: tellsMore(parts)
        ? '{% $merge([{"status": "success"}, $states.result[0]]) %}'
        : { status: 'success', out: '{% $states.result[0] %}' },
    },
    Output: {},
    Retry: retriesOf(task),
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}

/** Records how the attempt ended. */
function endStates(parts: QueryParts): Record<string, State> {
  const { task, scope, states, variables } = parts;
  const ended = { ':now': { S: '{% $states.context.State.EnteredTime %}' } };
  return {
    [states.record]: {
      Type: 'Task',
      Comment: 'Records the result',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem',
      TimeoutSeconds: 60,
      Arguments: {
        TableName: '${OrchestrationTable}',
        Key: keyOf(task, scope),
        UpdateExpression: 'SET #status = :success, #result = :result, #endedAt = :now REMOVE #job',
        ExpressionAttributeNames: names('status', 'endedAt', ['result', 'resultText'], ['job', 'jobId']),
        ExpressionAttributeValues: {
          ':success': { S: 'success' },
          ':result': { S: wrap(`$string($${variables.out})`) },
          ...ended,
        },
      },
      Retry: [WRITE_RETRY],
      ...(tellsMore(parts)
        ? {
            Assign: { [variables.at]: '{% $states.context.State.EnteredTime %}' },
            Output: {},
            Next: task.cache === undefined ? states.done : states.keep,
          }
        : { Output: wrap(`$${variables.out}`), End: true }),
    },
    ...(tellsMore(parts)
      ? { [states.done]: { Type: 'Succeed', Output: wrap(resultOf(parts)) } satisfies State }
      : {}),
    [states.failed]: {
      Type: 'Task',
      Comment: 'Records the failure',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem',
      TimeoutSeconds: 60,
      Arguments: {
        TableName: '${OrchestrationTable}',
        Key: keyOf(task, scope),
        UpdateExpression: 'SET #status = :failed, #endedAt = :now, #error = :error REMOVE #job',
        ExpressionAttributeNames: names('status', 'endedAt', 'error', ['job', 'jobId']),
        ExpressionAttributeValues: {
          ':failed': { S: 'failed' },
          ':error': {
            M: {
              name: { S: wrap(`$${variables.error}.name`) },
              message: { S: wrap(`$${variables.error}.message`) },
            },
          },
          ...ended,
        },
      },
      Output: {},
      Retry: [WRITE_RETRY],
      // What failed is said all the same.
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: {}, Output: {}, Next: states.fail }],
      Next: states.fail,
    },
    [states.fail]: {
      Type: 'Fail',
      Error: wrap(`$${variables.error}.name`),
      Cause: wrap(`$${variables.error}.message`),
    },
  };
}

function resultOf({ task, variables: { out, at, cached } }: QueryParts): string {
  const result = `{"out": $${out}, "at": $${at}}`;
  return task.cache === undefined
    ? result
    : `$merge([${result}, $boolean($${cached}) ? {"cached": true} : {}])`;
}
