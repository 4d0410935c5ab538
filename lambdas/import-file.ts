/** A file from outside, CSV, JSON lines or Parquet, as typed Parquet. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { importParquet } from '../lib/data/import-parquet';
import { importCsv } from '../lib/data/ingest-csv';
import { InvalidDataset } from '../lib/data/invalid-dataset';
import { importJsonRows, JsonRows } from '../lib/data/json-rows';
import { parseJson } from '../lib/data/lossless-json';
import type { ColumnType } from '../lib/tasks/dataset';
import { memoryMb, type MadeFile } from './made-dataset';

export interface FileImport {
  readonly path: string;
  /** What messages call it. */
  readonly source: string;
  readonly format: 'csv' | 'jsonl' | 'parquet';
  readonly delimiter: string;
  readonly nullValues: readonly string[];
  readonly types: Readonly<Record<string, ColumnType>>;
  /** Folder of its own for what is made. */
  readonly scratch: string;
  /** Of the file that is made, in that folder. @default `dataset.parquet` */
  readonly name?: string;
}

/** No columns at all are those of JSON lines without a line. @throws InvalidDataset for a file that cannot be read */
export async function importFile(request: FileImport): Promise<MadeFile> {
  const { path, source, format, types, scratch, delimiter, nullValues } = request;
  const options = { target: join(scratch, request.name ?? 'dataset.parquet'), scratch, memoryMb: memoryMb() };
  if (format === 'parquet') return importParquet({ path, source, ...options });
  if (format === 'csv')
    return {
      path: options.target,
      ...(await importCsv({ path, source, delimiter, nullValues, types, ...options })),
    };
  const rows = new JsonRows(`${options.target}.jsonl`, types);
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line++;
    if (text.includes('\uFFFD')) throw new InvalidDataset(`${source}, line ${line} is not written in UTF-8.`);
    if (text.trim() !== '') await rows.add(parsed(text, source, line));
  }
  const columns = await rows.finish();
  if (columns.length === 0) return { path: options.target, rows: 0, columns };
  return { path: options.target, ...(await importJsonRows({ path: rows.path, columns, ...options })) };
}

function parsed(text: string, source: string, line: number): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new InvalidDataset(`${source}, line ${line} is no JSON: ${text.slice(0, 100)}`, { cause });
  }
}
