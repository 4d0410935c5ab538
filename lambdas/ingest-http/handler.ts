import { join } from 'node:path';
import { openHttp } from '../../lib/connections/http';
import { JsonRows, importJsonRows } from '../../lib/data/json-rows';
import { taskHandler } from '../../lib/runtime/task-handler';
import { ingestHttp } from '../../lib/tasks/ingest-http';
import { connectionUser, emptyError, storeIngested } from '../ingested';
import { memoryMb } from '../made-dataset';
import { rangeOf } from '../watermark';
import { pagesOf } from './pages';
import { greatest, isAfter, markOf } from './marks';

export const handler = taskHandler(ingestHttp, async (input, context) => {
  const { watermark, types } = input;
  const scratch = await context.tmp();
  const client = await openHttp(connectionUser(context), input.connection);
  const range = watermark === undefined ? undefined : await rangeOf(context, watermark.start);
  const since =
    watermark === undefined || range === undefined || range.low === null
      ? {}
      : { [watermark.parameter]: range.low };
  const rows = new JsonRows(join(scratch, 'rows.jsonl'), types);
  const limit = range?.high;
  let newest = range?.low ?? null;
  for await (const records of pagesOf(
    client,
    { ...input, query: { ...input.query, ...since } },
    context.signal,
  ))
    for (const record of records) {
      if (watermark !== undefined) {
        const mark = markOf(record, watermark.field);
        // A server may count its parameter among the answers, and have grown since the part was recorded.
        if (range?.low !== null && range?.low !== undefined && !isAfter(mark, range.low)) continue;
        if (limit !== undefined && (limit === null || isAfter(mark, limit))) continue;
        newest = greatest(newest, mark);
      }
      await rows.add(record);
    }
  const columns = await rows.finish();
  if (range !== undefined && limit === undefined) await range.end(newest);
  const source = `${input.path === '' ? 'The service' : `'${input.path}'`} of the connection '${input.connection.name}'`;
  if (columns.length === 0) throw emptyError(input.whenEmpty === 'skip' ? 'skip' : 'fail', source);
  const target = join(scratch, 'dataset.parquet');
  const made = await importJsonRows({ path: rows.path, columns, target, scratch, memoryMb: memoryMb() });
  const dataset = await storeIngested(context, input, { path: target, ...made }, source, {
    by: ingestHttp.name,
    from: [`connection:${input.connection.name}/${input.path}`],
  });
  return {
    dataset,
    range: range === undefined ? null : { low: range.low, high: limit === undefined ? newest : limit },
  };
});
