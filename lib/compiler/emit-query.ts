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
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../model/json';
import type { QueryTask } from '../model/task-node';
import type { Catcher, State } from './asl';
import type { CompileContext } from './compile-context';
import { catchersOf, retriesOf, taskName, type TaskPath } from './emit-task';
import { NEVER, TAKEN, timeToLive, WRITE_RETRY } from './gates';
import { wrap, type Lookup } from './jsonata';
import { stateNameOf, summaryOf } from './names';
import {
  athenaParameters,
  athenaRows,
  AURORA_ROWS,
  auroraParameters,
  parametersExpression,
  REDSHIFT_ROWS,
  redshiftParameters,
  targetOf,
} from './query-arguments';
import type { Scope } from './scope';

/** Seconds between two looks at a statement: this at first, then half as much again each time. */
const FIRST_LOOK_SECONDS = 1;
const LONGEST_LOOK_SECONDS = 30;
/** Beyond what the service allows a statement. */
const AURORA_MARGIN_SECONDS = 15;

/** Faults of the services that pass. */
const PASSING = {
  athena: ['TooManyRequestsException', 'ThrottlingException', 'InternalServerException'],
  redshift: ['ActiveStatementsExceededException', 'ThrottlingException', 'InternalServerException'],
  aurora: [
    'ThrottlingException',
    'ServiceUnavailableErrorException',
    'InternalServerErrorException',
    'DatabaseResumingException',
  ],
} as const;
const PREFIX = { athena: 'Athena', redshift: 'RedshiftData', aurora: 'RdsData' } as const;

interface Parts {
  readonly context: CompileContext;
  readonly task: QueryTask;
  readonly scope: Scope;
  readonly lookup: Lookup;
  readonly states: Readonly<Record<StateKey, string>>;
  readonly variables: Readonly<
    Record<'token' | 'query' | 'job' | 'looks' | 'since' | 'out' | 'error', string>
  >;
}

const STATE_KEYS = [
  'begin',
  'remember',
  'attach',
  'query',
  'find',
  'stop',
  'note',
  'wait',
  'look',
  'ended',
  'result',
  'record',
  'failed',
  'fail',
] as const;
type StateKey = (typeof STATE_KEYS)[number];

export function emitQuery(
  context: CompileContext,
  task: QueryTask,
  scope: Scope,
  lookup: Lookup,
  path: TaskPath,
): void {
  const name = stateNameOf(task.id);
  const { variable } = path;
  const parts: Parts = {
    context,
    task,
    scope,
    lookup,
    states: {
      begin: `begin ${name}`,
      remember: `${name} is done`,
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
    },
  };
  const branch: Record<string, State> = {
    ...beginStates(parts),
    ...{ athena: athenaStates, redshift: redshiftStates, aurora: auroraStates }[task.engine](parts),
    ...endStates(parts),
  };
  scope.states[name] = {
    Type: 'Parallel',
    Comment: summaryOf(task),
    Branches: [{ StartAt: parts.states.begin, States: branch }],
    Assign: { [variable]: { status: 'success', out: '{% $states.result[0] %}' } },
    Output: {},
    Retry: retriesOf(task),
    ...(context.model.failureMode === 'failFast' ? {} : { Catch: catchersOf(path) }),
    Next: path.next,
  };
}

/** Records the attempt unless the query has succeeded in this run. */
function beginStates({ task, scope, lookup, states, variables }: Parts): Record<string, State> {
  const { execution, redrive } = scope.surroundings;
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
        ...(attach ? { ReturnValues: 'ALL_OLD' } : {}),
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
      },
      Output: {},
      Retry: [NEVER(TAKEN), WRITE_RETRY],
      Catch: [{ ErrorEquals: [TAKEN], Assign: {}, Output: {}, Next: states.remember }],
      Next: attach ? states.attach : states.query,
    },
    [states.remember]: {
      Type: 'Task',
      Comment: 'It has succeeded in this run: its result is used again',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:getItem',
      TimeoutSeconds: 60,
      Arguments: { TableName: '${OrchestrationTable}', Key: keyOf(task, scope), ConsistentRead: true },
      Output: '{% $parse($states.result.Item.resultText.S) %}',
      Retry: [WRITE_RETRY],
      End: true,
    },
  };
}

/** Records how the attempt ended. */
function endStates({ task, scope, states, variables }: Parts): Record<string, State> {
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
      Output: wrap(`$${variables.out}`),
      Retry: [WRITE_RETRY],
      End: true,
    },
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

function athenaStates({ context, task, lookup, states, variables }: Parts): Record<string, State> {
  const { query, out, error } = variables;
  const request: JsonObject = {
    QueryString: task.sql,
    ...(athenaParameters(task, lookup) as JsonObject),
    ...targetOf(task, context.model.id, lookup),
    ClientRequestToken: wrap(`$${variables.token}`),
  };
  const outOf = (rows: string, truncated: string): Json =>
    wrap(
      `{"queryId": $${query}.QueryExecutionId, "rows": ${rows}, "truncated": ${truncated}, "location": $${query}.ResultConfiguration.OutputLocation, "scannedBytes": $sum([$${query}.Statistics.DataScannedInBytes]), "milliseconds": $sum([$${query}.Statistics.TotalExecutionTimeInMillis])}`,
    );
  const takes = task.maxRows > 0;
  const found = '$states.result.QueryExecution';
  return {
    [states.query]: {
      Type: 'Task',
      Resource: 'arn:aws:states:::athena:startQueryExecution.sync',
      TimeoutSeconds: task.timeoutSeconds,
      Arguments: request,
      Assign: takes ? { [query]: wrap(found) } : { [query]: wrap(found), [out]: withoutRows(found) },
      Output: {},
      Retry: [passing('athena')],
      Catch: [
        {
          ErrorEquals: ['States.Timeout'],
          Assign: { [error]: timedOut(task) },
          Output: {},
          Next: states.find,
        },
        failing(variables.error, states.failed),
      ],
      Next: takes ? states.result : states.record,
    },
    // The same token means the same query, and tells its id.
    [states.find]: {
      Type: 'Task',
      Comment: 'Its time is up: which query is it?',
      Resource: 'arn:aws:states:::athena:startQueryExecution',
      TimeoutSeconds: 60,
      Arguments: request,
      Assign: { [variables.job]: '{% $states.result.QueryExecutionId %}' },
      Output: {},
      Retry: [WRITE_RETRY],
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: {}, Output: {}, Next: states.failed }],
      Next: states.stop,
    },
    [states.stop]: {
      Type: 'Task',
      Comment: 'Stops the query',
      Resource: 'arn:aws:states:::athena:stopQueryExecution',
      TimeoutSeconds: 60,
      Arguments: { QueryExecutionId: wrap(`$${variables.job}`) },
      Output: {},
      Retry: [WRITE_RETRY],
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: {}, Output: {}, Next: states.failed }],
      Next: states.failed,
    },
    ...(takes
      ? {
          [states.result]: {
            Type: 'Task',
            Comment: `Takes at most ${task.maxRows} rows`,
            Resource: 'arn:aws:states:::athena:getQueryResults',
            TimeoutSeconds: 60,
            Arguments: { QueryExecutionId: wrap(`$${query}.QueryExecutionId`), MaxResults: task.maxRows + 1 },
            Assign: { [out]: outOf(athenaRows(query), '$exists($states.result.NextToken)') },
            Output: {},
            Retry: [passing('athena')],
            Catch: [failing(variables.error, states.failed)],
            Next: states.record,
          } satisfies State,
        }
      : {}),
  };
}

function withoutRows(found: string): Json {
  return wrap(
    `{"queryId": ${found}.QueryExecutionId, "rows": [], "truncated": false, "location": ${found}.ResultConfiguration.OutputLocation, "scannedBytes": $sum([${found}.Statistics.DataScannedInBytes]), "milliseconds": $sum([${found}.Statistics.TotalExecutionTimeInMillis])}`,
  );
}

function redshiftStates({ context, task, scope, lookup, states, variables }: Parts): Record<string, State> {
  const { job, looks, since, query, out, error } = variables;
  const seen = '$states.result';
  const outOf = (rows: string, from: string): Json =>
    wrap(
      `{"queryId": $${job}, "rows": ${rows}, "rowCount": $max([0, ${from}.ResultRows]), "milliseconds": $round($sum([${from}.Duration]) / 1000000)}`,
    );
  const late = `$toMillis($states.context.State.EnteredTime) - $toMillis($${since}) > ${task.timeoutSeconds * 1000}`;
  return {
    [states.attach]: {
      Type: 'Choice',
      Comment: 'A statement of an execution that was stopped may still run',
      Choices: [{ Condition: wrap(`$${job} = ""`), Next: states.query }],
      Default: states.look,
    },
    [states.query]: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:redshiftdata:executeStatement',
      TimeoutSeconds: 60,
      Arguments: {
        Sql: task.sql,
        ...redshiftParameters(task, lookup),
        ...targetOf(task, context.model.id, lookup),
        ClientToken: wrap(`$${variables.token}`),
        StatementName: `${context.model.id}/${task.id}`.slice(0, 500),
      },
      Assign: { [job]: '{% $states.result.Id %}' },
      Output: {},
      Retry: [passing('redshift')],
      Catch: [failing(error, states.failed)],
      Next: states.note,
    },
    [states.note]: {
      Type: 'Task',
      Comment: 'Notes which statement it is, for who comes after this execution',
      Resource: 'arn:aws:states:::aws-sdk:dynamodb:updateItem',
      TimeoutSeconds: 60,
      Arguments: {
        TableName: '${OrchestrationTable}',
        Key: keyOf(task, scope),
        UpdateExpression: 'SET #job = :job, #text = :text',
        ExpressionAttributeNames: names(['job', 'jobId'], ['text', 'jobText']),
        ExpressionAttributeValues: {
          ':job': { S: wrap(`$${job}`) },
          ':text': { S: wrap(jobText(task, lookup)) },
        },
      },
      Output: {},
      Retry: [WRITE_RETRY],
      Next: states.wait,
    },
    [states.wait]: {
      Type: 'Wait',
      Seconds: wrap(
        `$ceil($min([${LONGEST_LOOK_SECONDS}, ${FIRST_LOOK_SECONDS} * $power(1.5, $min([20, $${looks}]))]))`,
      ),
      Assign: { [looks]: wrap(`$${looks} + 1`) },
      Output: {},
      Next: states.look,
    },
    [states.look]: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:redshiftdata:describeStatement',
      TimeoutSeconds: 60,
      Arguments: { Id: wrap(`$${job}`) },
      Assign: {
        // What is not needed of it, its text above all, stays out of the variables.
        [query]: wrap(
          `{"Status": ${late} and ${seen}.Status in ["SUBMITTED", "PICKED", "STARTED"] ? "LATE" : ${seen}.Status, "HasResultSet": ${seen}.HasResultSet = true, "ResultRows": $sum([${seen}.ResultRows]), "Duration": $sum([${seen}.Duration])}`,
        ),
        [out]: outOf('[]', seen),
        [error]: {
          name: wrap(
            `(${late} and ${seen}.Status in ["SUBMITTED", "PICKED", "STARTED"] ? "States.Timeout" : "Millrace.QueryFailed")`,
          ),
          message: wrap(
            `(${late} and ${seen}.Status in ["SUBMITTED", "PICKED", "STARTED"] ? ${JSON.stringify(lateWords(task))} : "The statement ended as " & ${seen}.Status & ($exists(${seen}.Error) ? ": " & $substring(${seen}.Error, 0, 3000) : "."))`,
          ),
        },
      },
      Output: {},
      Retry: [WRITE_RETRY],
      Catch: [failing(error, states.failed)],
      Next: states.ended,
    },
    [states.ended]: {
      Type: 'Choice',
      Choices: [
        { Condition: wrap(`$${query}.Status = "FINISHED" and $${query}.HasResultSet`), Next: states.result },
        { Condition: wrap(`$${query}.Status = "FINISHED"`), Next: states.record },
        { Condition: wrap(`$${query}.Status in ["FAILED", "ABORTED"]`), Next: states.failed },
        { Condition: wrap(`$${query}.Status = "LATE"`), Next: states.stop },
      ],
      Default: states.wait,
    },
    [states.stop]: {
      Type: 'Task',
      Comment: 'Its time is up: stops the statement',
      Resource: 'arn:aws:states:::aws-sdk:redshiftdata:cancelStatement',
      TimeoutSeconds: 60,
      Arguments: { Id: wrap(`$${job}`) },
      Output: {},
      Retry: [WRITE_RETRY],
      Catch: [{ ErrorEquals: ['States.ALL'], Assign: {}, Output: {}, Next: states.failed }],
      Next: states.failed,
    },
    [states.result]: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:redshiftdata:getStatementResult',
      TimeoutSeconds: 60,
      Arguments: { Id: wrap(`$${job}`) },
      Assign: { [out]: outOf(REDSHIFT_ROWS, `$${query}`) },
      Output: {},
      Retry: [passing('redshift')],
      Catch: [failing(error, states.failed)],
      Next: states.record,
    },
  };
}

function auroraStates({ context, task, lookup, states, variables }: Parts): Record<string, State> {
  return {
    [states.query]: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:rdsdata:executeStatement',
      TimeoutSeconds: task.timeoutSeconds + AURORA_MARGIN_SECONDS,
      Arguments: {
        Sql: task.sql,
        ...auroraParameters(task, lookup),
        ...targetOf(task, context.model.id, lookup),
        FormatRecordsAs: 'JSON',
      },
      Assign: {
        [variables.out]: wrap(
          `{"rows": ${AURORA_ROWS}, "updated": $sum([$states.result.NumberOfRecordsUpdated])}`,
        ),
      },
      Output: {},
      Retry: [passing('aurora')],
      Catch: [failing(variables.error, states.failed)],
      Next: states.record,
    },
  };
}

function passing(engine: QueryTask['engine']): Json {
  return {
    ErrorEquals: PASSING[engine].map((name) => `${PREFIX[engine]}.${name}`),
    IntervalSeconds: 2,
    MaxAttempts: 6,
    BackoffRate: 2,
    MaxDelaySeconds: 60,
    JitterStrategy: 'FULL',
  };
}

/** Any failure, with the reason out of the description of a query that Athena gives as the cause. */
function failing(error: string, next: string): Catcher {
  const cause = '$states.errorOutput.Cause';
  return {
    ErrorEquals: ['States.ALL'],
    Assign: {
      [error]: {
        name: '{% $states.errorOutput.Error %}',
        message: wrap(
          `($c := $exists(${cause}) ? $string(${cause}) : ""; $m := $match($c, /"StateChangeReason": ?"([^"]*)"/); $substring($exists($m) ? $m[0].groups[0] : $c, 0, 3000))`,
        ),
      },
    },
    Output: {},
    Next: next,
  };
}

function timedOut(task: QueryTask): Json {
  return { name: 'States.Timeout', message: lateWords(task) };
}

function lateWords(task: QueryTask): string {
  return `The query was not done after ${task.timeoutSeconds} s and has been stopped. Give it a longer timeout, or less to read.`;
}

/** Statement and parameters, for telling whether an earlier statement is the same. */
function jobText(task: QueryTask, lookup: Lookup): string {
  const sql = createHash('sha256').update(task.sql).digest('hex').slice(0, 16);
  return `"${sql}/" & $hash($string(${parametersExpression(task, lookup)}), "SHA-256")`;
}

function keyOf(task: QueryTask, scope: Scope): Json {
  return {
    pk: { S: wrap(`"RUN#" & $${scope.surroundings.run}.id`) },
    sk: { S: wrap(`"TASK#" & ${taskName(task.id, scope)}`) },
  };
}

/** Placeholders for names: DynamoDB reserves some 570 words. */
function names(...all: readonly (string | readonly [placeholder: string, name: string])[]): JsonObject {
  return Object.fromEntries(
    all.map((entry) => (typeof entry === 'string' ? [`#${entry}`, entry] : [`#${entry[0]}`, entry[1]])),
  );
}
