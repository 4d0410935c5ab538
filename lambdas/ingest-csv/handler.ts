import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { importCsv } from '../../lib/data/ingest-csv';
import { taskHandler } from '../../lib/runtime/task-handler';
import { ingestCsv } from '../../lib/tasks/ingest-csv';

export const handler = taskHandler(ingestCsv, async (input, context) => {
  const scratch = await context.tmp();
  const path = join(scratch, 'source.csv');
  const source = await context.objects.download(input.source, path);
  const target = join(scratch, 'dataset.parquet');
  const { rows, columns } = await importCsv({
    path,
    source: source.uri,
    delimiter: input.delimiter,
    nullValues: input.nullValues,
    types: input.types,
    target,
    scratch,
    memoryMb: memoryMb(),
  });
  const sha256 = createHash('sha256')
    .update(await readFile(target))
    .digest('hex');
  const stored = await context.objects.putFile(
    `datasets/${context.run.pipeline}/${input.name}/${sha256}.parquet`,
    target,
  );
  context.log.info('Ingested', { rows, columns: columns.length });
  return {
    dataset: { ...stored, name: input.name, format: 'parquet' as const, rows, columns },
    source: { uri: source.uri, sha256: source.sha256, bytes: source.bytes },
  };
});

function memoryMb(): number {
  return Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024);
}
