import { join } from 'node:path';
import { importParquet } from '../../lib/data/import-parquet';
import { taskHandler } from '../../lib/runtime/task-handler';
import { ingestParquet } from '../../lib/tasks/ingest-parquet';
import { memoryMb, storeDataset } from '../made-dataset';

export const handler = taskHandler(ingestParquet, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'source.parquet');
  const source = await context.objects.download(input.source, path);
  const target = join(scratch, 'dataset.parquet');
  const made = await importParquet({ path, source: source.uri, target, memoryMb: memoryMb(), scratch });
  return {
    dataset: await storeDataset(context, input.name, made, { by: ingestParquet.name, from: [source.uri] }),
    source: { uri: source.uri, sha256: source.sha256, bytes: source.bytes },
  };
});
