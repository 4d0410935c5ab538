/** The RDS Data API: asked and answered in one call. */
import type { State } from './asl';
import { wrap } from './jsonata';
import { AURORA_ROWS, auroraParameters, targetOf } from './query-arguments';
import { failing, passing, type QueryParts } from './query-parts';

/** Beyond what the service allows a statement. */
const AURORA_MARGIN_SECONDS = 15;

export function auroraStates({
  context,
  task,
  lookup,
  states,
  variables,
}: QueryParts): Record<string, State> {
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
