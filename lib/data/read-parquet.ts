import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { Column, DatasetRef } from '../tasks/dataset';
import { InvalidDataset } from './invalid-dataset';

export type Cell = string | number | boolean | null;

/** A table in memory, column by column, in the order of its rows. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: DatasetRef['columns'][number]['type'];
    readonly values: readonly Cell[];
  }[];
}

/**
 * Reads these columns of a Parquet file. Integers become numbers, dates and timestamps ISO texts.
 * @throws InvalidDataset for a whole number that a double does not hold: it would silently become another
 */
export async function readParquet(bytes: Uint8Array, schema: readonly Column[]): Promise<Table> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const present = new Set(metadata.schema.map(({ name }) => name));
  const columns = schema.map(({ name }) => name).filter((name) => present.has(name));
  const rows = await parquetReadObjects({ file, metadata, ...(columns.length === 0 ? {} : { columns }) });
  return tableOf(rows, schema, 0);
}

/** @param from number of the first of them in the file, from 0 */
export function tableOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  schema: readonly Column[],
  from: number,
): Table {
  return {
    rows: rows.length,
    columns: schema.map(({ name, type }) => ({
      name,
      type,
      values: rows.map((row, i) => cellOf(row[name], name, from + i)),
    })),
  };
}

function cellOf(value: unknown, name: string, row: number): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new InvalidDataset(
      `Column '${name}' holds ${value} in row ${row + 1}, beyond ±2^53, where whole numbers are no longer told apart. Declare it as a text where it is ingested (types: { '${name}': 'string' }), cast it to a number by a transform, or drop it.`,
    );
  }
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : String(value);
}
