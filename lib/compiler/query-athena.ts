/** Athena: `.sync` waits for the query; the rows are fetched afterwards. */
import type { Json, JsonObject } from '../model/json';
import type { State } from './asl';
import { WRITE_RETRY } from './gates';
import { wrap } from './jsonata';
import { athenaParameters, athenaRows, targetOf } from './query-arguments';
import { failing, passing, timedOut, type QueryParts } from './query-parts';

export function athenaStates({
  context,
  task,
  lookup,
  states,
  variables,
}: QueryParts): Record<string, State> {
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

export function withoutRows(found: string): Json {
  return wrap(
    `{"queryId": ${found}.QueryExecutionId, "rows": [], "truncated": false, "location": ${found}.ResultConfiguration.OutputLocation, "scannedBytes": $sum([${found}.Statistics.DataScannedInBytes]), "milliseconds": $sum([${found}.Statistics.TotalExecutionTimeInMillis])}`,
  );
}
