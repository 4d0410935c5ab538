import { join } from 'node:path';
import { transformWithSql } from '../../lib/data/transform-sql';
import { DoNotRetry } from '../../lib/model/errors';
import type { RunContext } from '../../lib/model/run-context';
import { taskHandler } from '../../lib/runtime/task-handler';
import { transformSql } from '../../lib/tasks/transform-sql';
import { checkRows, fetchInputs, madeOf, memoryMb, storeDataset } from '../made-dataset';

export const handler = taskHandler(transformSql, async (input, context) => {
  const ofRun = valuesOf(context.run);
  const taken = Object.keys(input.params).filter((name) => name in ofRun);
  if (taken.length > 0)
    throw new DoNotRetry(
      `Task '${context.task}': the run itself gives $${taken.join(', $')}; rename the param.`,
    );
  const scratch = await context.tmp();
  const path = join(scratch, 'result.parquet');
  const made = await transformWithSql({
    inputs: await fetchInputs(context, input.inputs),
    sql: input.sql,
    values: { ...ofRun, ...input.params },
    target: path,
    scratch,
    memoryMb: memoryMb(),
  });
  checkRows(
    made.rows,
    input.allowEmpty,
    `The SQL of '${input.name}' gives no rows for $ds = '${context.run.ds}', params ${JSON.stringify(input.params)}.`,
  );
  return {
    dataset: await storeDataset(context, input.name, { path, ...made }, madeOf(transformSql, input.inputs)),
  };
});

/** Airflow's names. */
function valuesOf(run: RunContext): Readonly<Record<string, string>> {
  return {
    ds: run.ds,
    ds_nodash: run.dsNodash,
    logical_date: run.logicalDate,
    data_interval_start: run.dataIntervalStart,
    data_interval_end: run.dataIntervalEnd,
    run_id: run.id,
  };
}
