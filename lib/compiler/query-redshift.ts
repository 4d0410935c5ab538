/** Redshift's Data API: a statement is begun, and looked at until it has ended. */
import type { Json } from '../model/json';
import type { State } from './asl';
import { WRITE_RETRY } from './gates';
import { wrap } from './jsonata';
import { REDSHIFT_ROWS, redshiftParameters, targetOf } from './query-arguments';
import { failing, jobText, keyOf, lateWords, names, passing, type QueryParts } from './query-parts';

/** Seconds between two looks at a statement: this at first, then half as much again each time. */
const FIRST_LOOK_SECONDS = 1;
const LONGEST_LOOK_SECONDS = 30;
export function redshiftStates({
  context,
  task,
  scope,
  lookup,
  states,
  variables,
}: QueryParts): Record<string, State> {
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
