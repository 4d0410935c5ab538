/** What all tasks that make a dataset of others do: fetch the inputs, store the result under its hash. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InvalidDataset } from '../lib/data/invalid-dataset';
import type { TaskContext } from '../lib/runtime/task-context';
import type { Column, DatasetRef } from '../lib/tasks/dataset';

/** Memory of the function, in MB. */
export function memoryMb(): number {
  return Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024);
}

/** Files of datasets by the names of the datasets' references. */
export async function fetchInputs(
  context: TaskContext,
  inputs: Readonly<Record<string, DatasetRef>>,
): Promise<Readonly<Record<string, string>>> {
  const scratch = await context.tmp();
  const files = await Promise.all(
    Object.entries(inputs).map(async ([name, { uri }], i) => {
      const path = join(scratch, `input-${i}.parquet`);
      await context.objects.download(uri, path);
      return [name, path] as const;
    }),
  );
  return Object.fromEntries(files);
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export interface MadeFile {
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** Stores a Parquet file as a version of a dataset of the pipeline. A retry writes the same key and bytes. */
export async function storeDataset(
  context: TaskContext,
  name: string,
  made: MadeFile,
  how: NonNullable<DatasetRef['made']>,
): Promise<DatasetRef> {
  const sha256 = await sha256Of(made.path);
  const stored = await context.objects.putFile(
    `datasets/${context.run.pipeline}/${name}/${sha256}.parquet`,
    made.path,
  );
  context.log.info('Stored a dataset', { dataset: name, rows: made.rows, columns: made.columns.length });
  return { ...stored, name, format: 'parquet', rows: made.rows, columns: [...made.columns], made: how };
}

export function madeOf(
  { name }: { readonly name: string },
  inputs: Readonly<Record<string, DatasetRef>>,
): NonNullable<DatasetRef['made']> {
  return { by: name, from: Object.values(inputs).map(({ uri }) => uri) };
}

/** @throws InvalidDataset for a result without rows, unless that is one */
export function checkRows(rows: number, allowEmpty: boolean, message: string): void {
  if (rows === 0 && !allowEmpty) throw new InvalidDataset(message);
}
