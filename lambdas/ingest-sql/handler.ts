import { join } from 'node:path';
import { JsonRows, importJsonRows } from '../../lib/data/json-rows';
import { taskHandler } from '../../lib/runtime/task-handler';
import { ingestSql } from '../../lib/tasks/ingest-sql';
import { connectionUser, storeIngested } from '../ingested';
import { memoryMb } from '../made-dataset';
import { rangeOf } from '../watermark';
import { checkedQuery, type Source } from './source';

export const handler = taskHandler(ingestSql, async (input, context) => {
  const { connection, watermark, types } = input;
  const query = checkedQuery(input.query);
  const scratch = await context.tmp();
  const source = await openSource(connection, context);
  const range = watermark === undefined ? undefined : await rangeOf(context, watermark.start);
  let high = range?.high;
  if (range !== undefined && watermark !== undefined && high === undefined) {
    high = (await source.newest(query, input.values, watermark.column, range.low)) ?? range.low;
    await range.end(high);
  }
  const bounds =
    range === undefined || watermark === undefined
      ? undefined
      : { column: watermark.column, low: range.low, high: high ?? null };
  // Nothing is greater than nothing: the source had no rows at all.
  const columns = await source.columns(query, input.values);
  const rows = new JsonRows(
    join(scratch, 'rows.jsonl'),
    Object.fromEntries(columns.map(({ name, type }) => [name, types[name] ?? type])),
  );
  for await (const row of source.rows(query, input.values, bounds)) await rows.add(row);
  const target = join(scratch, 'dataset.parquet');
  const made = await importJsonRows({
    path: rows.path,
    columns: await rows.finish(),
    target,
    scratch,
    memoryMb: memoryMb(),
  });
  const dataset = await storeIngested(
    context,
    input,
    { path: target, ...made },
    `The query of '${input.name}'`,
    { by: ingestSql.name, from: [`connection:${connection.name}`] },
  );
  return { dataset, range: bounds === undefined ? null : { low: bounds.low, high: bounds.high } };
});

/** Only the driver that is needed is loaded. */
async function openSource(
  connection: {
    kind: 'connection';
    name: string;
    to: 'postgres' | 'mysql';
    from: 'parameter' | 'secrets-manager';
  },
  context: Parameters<typeof connectionUser>[0],
): Promise<Source> {
  const user = connectionUser(context);
  if (connection.to === 'postgres') {
    const { postgresSource } = await import('./postgres-source');
    return postgresSource(user, { ...connection, to: 'postgres' });
  }
  const { mySqlSource } = await import('./mysql-source');
  return mySqlSource(user, { ...connection, to: 'mysql' });
}
