import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGoogleCloudStorage } from '../../lib/connections/google-cloud-storage';
import { describeParquet } from '../../lib/data/describe-parquet';
import { importCsv } from '../../lib/data/ingest-csv';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { importJsonRows, JsonRows } from '../../lib/data/json-rows';
import { taskHandler } from '../../lib/runtime/task-handler';
import type { InputOf } from '../../lib/tasks/contract';
import { ingestGcs } from '../../lib/tasks/ingest-gcs';
import { connectionUser, emptyError, storeIngested } from '../ingested';
import { memoryMb, type MadeFile } from '../made-dataset';

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
  uri: string,
  scratch: string,
): Promise<MadeFile> {
  const target = join(scratch, 'dataset.parquet');
  const options = { target, scratch, memoryMb: memoryMb() };
  const format = input.format ?? formatOf(input.object);
  if (format === 'parquet') {
    await writeFile(target, bytes);
    return { path: target, ...(await describeParquet(target, uri, options)) };
  }
  if (format === 'csv') {
    const path = join(scratch, 'source.csv');
    await writeFile(path, bytes);
    const { delimiter, nullValues, types } = input;
    return {
      path: target,
      ...(await importCsv({ path, source: uri, delimiter, nullValues, types, ...options })),
    };
  }
  const rows = new JsonRows(join(scratch, 'rows.jsonl'), input.types);
  let line = 0;
  for (const text of new TextDecoder('utf-8', { fatal: true }).decode(bytes).split('\n')) {
    line++;
    if (text.trim() !== '') await rows.add(parsed(text, uri, line));
  }
  const columns = await rows.finish();
  if (columns.length === 0) throw emptyError(input.whenEmpty === 'skip' ? 'skip' : 'fail', uri);
  return { path: target, ...(await importJsonRows({ path: rows.path, columns, ...options })) };
}

function parsed(text: string, uri: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidDataset(`${uri}, line ${line} is no JSON: ${text.slice(0, 100)}`, { cause });
  }
}

function formatOf(object: string): 'csv' | 'jsonl' | 'parquet' {
  const end = /\.(csv|jsonl|ndjson|parquet)$/i.exec(object)?.[1]?.toLowerCase();
  if (end === undefined)
    throw new InvalidDataset(
      `The name '${object}' does not tell the format. Say format: 'csv', 'jsonl' or 'parquet'.`,
    );
  return end === 'ndjson' ? 'jsonl' : (end as 'csv' | 'jsonl' | 'parquet');
}
