import { join } from 'node:path';
import { importCsv } from '../../lib/data/ingest-csv';
import { taskHandler } from '../../lib/runtime/task-handler';
import { ingestCsv } from '../../lib/tasks/ingest-csv';
import { memoryMb, storeDataset } from '../made-dataset';

export const handler = taskHandler(ingestCsv, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'source.csv');
  const source = await context.objects.download(input.source, path);
  const target = join(scratch, 'dataset.parquet');
  const made = await importCsv({
    path,
    source: source.uri,
    delimiter: input.delimiter,
    nullValues: input.nullValues,
    types: input.types,
    target,
    scratch,
    memoryMb: memoryMb(),
  });
  return {
    dataset: await storeDataset(
      context,
      input.name,
      { path: target, ...made },
      { by: ingestCsv.name, from: [source.uri] },
    ),
    source: { uri: source.uri, sha256: source.sha256, bytes: source.bytes },
  };
});
