import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import type { DatasetRef } from '../tasks/dataset';

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

/** Reads these columns of a Parquet file. Integers become numbers, dates and timestamps ISO texts. */
export async function readParquet(bytes: Uint8Array, schema: DatasetRef['columns']): Promise<Table> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const metadata = parquetMetadata(file);
  const present = new Set(metadata.schema.map(({ name }) => name));
  const columns = schema.map(({ name }) => name).filter((name) => present.has(name));
  const rows = await parquetReadObjects({ file, metadata, ...(columns.length === 0 ? {} : { columns }) });
  return {
    rows: rows.length,
    columns: schema.map(({ name, type }) => ({ name, type, values: rows.map((row) => cellOf(row[name])) })),
  };
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : String(value);
}
