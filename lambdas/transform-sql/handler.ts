import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { transformWithSql } from '../../lib/data/transform-sql';
import { DoNotRetry } from '../../lib/model/errors';
import type { RunContext } from '../../lib/model/run-context';
import { taskHandler } from '../../lib/runtime/task-handler';
import { transformSql } from '../../lib/tasks/transform-sql';

export const handler = taskHandler(transformSql, async (input, context) => {
  const scratch = await context.tmp();
  const ofRun = valuesOf(context.run);
  const taken = Object.keys(input.params).filter((name) => name in ofRun);
  if (taken.length > 0)
    throw new DoNotRetry(
      `Task '${context.task}': the run itself gives $${taken.join(', $')}; rename the param.`,
    );
  const files = await Promise.all(
    Object.entries(input.inputs).map(async ([name, { uri }], i) => {
      const path = join(scratch, `input-${i}.parquet`);
      await context.objects.download(uri, path);
      return [name, path] as const;
    }),
  );
  const target = join(scratch, 'result.parquet');
  const { rows, columns } = await transformWithSql({
    inputs: Object.fromEntries(files),
    sql: input.sql,
    values: { ...ofRun, ...input.params },
    target,
    scratch,
    memoryMb: Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024),
  });
  if (rows === 0 && !input.allowEmpty)
    throw new InvalidDataset(
      `The SQL of '${input.name}' gives no rows for $ds = '${context.run.ds}', params ${JSON.stringify(input.params)}.`,
    );
  const sha256 = createHash('sha256')
    .update(await readFile(target))
    .digest('hex');
  const stored = await context.objects.putFile(
    `datasets/${context.run.pipeline}/${input.name}/${sha256}.parquet`,
    target,
  );
  context.log.info('Transformed', { rows, columns: columns.length });
  return { dataset: { ...stored, name: input.name, format: 'parquet' as const, rows, columns } };
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
