import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGoogleCloudStorage } from '../../lib/connections/google-cloud-storage';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import { ingestGcs } from '../../lib/tasks/ingest-gcs';
import { importFile } from '../import-file';
import { connectionUser, emptyError, storeIngested } from '../ingested';
import type { MadeFile } from '../made-dataset';

export const handler = taskHandler(ingestGcs, async (input, context) => {
  const scratch = await context.tmp();
  const storage = await openGoogleCloudStorage(connectionUser(context), input.connection);
  const head = await storage.head(input.object, input.bucket);
  if (head === undefined)
    throw new InvalidDataset(
      `There is no object '${input.object}' in the bucket of the connection '${input.connection.name}'.`,
    );
  // The generation that was seen, also when somebody writes meanwhile.
  const bytes = await storage.read(input.object, input.bucket, head.generation);
  const uri = `gs://${head.bucket}/${head.name}`;
  const made = await importBytes(input, bytes, uri, scratch);
  return {
    dataset: await storeIngested(context, input, made, uri, {
      by: ingestGcs.name,
      from: [`${uri}#${head.generation}`],
    }),
    source: {
      uri,
      version: head.generation,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      bytes: bytes.length,
    },
  };
});

async function importBytes(
  input: InputOf<typeof ingestGcs>,
  bytes: Uint8Array,
  source: string,
  scratch: string,
): Promise<MadeFile> {
  const format = input.format ?? formatOf(input.object);
  const path = join(scratch, `source.${format}`);
  await writeFile(path, bytes);
  const made = await importFile({ ...input, path, source, format, scratch });
  if (made.columns.length === 0) throw emptyError(input.whenEmpty === 'skip' ? 'skip' : 'fail', source);
  return made;
}

function formatOf(object: string): 'csv' | 'jsonl' | 'parquet' {
  const end = /\.(csv|jsonl|ndjson|parquet)$/i.exec(object)?.[1]?.toLowerCase();
  if (end === undefined)
    throw new InvalidDataset(
      `The name '${object}' does not tell the format. Say format: 'csv', 'jsonl' or 'parquet'.`,
    );
  return end === 'ndjson' ? 'jsonl' : (end as 'csv' | 'jsonl' | 'parquet');
}
