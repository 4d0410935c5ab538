import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Table } from './read-parquet';

const TYPES = {
  string: 'STRING',
  integer: 'DOUBLE',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'STRING',
  timestamp: 'STRING',
} as const;

/** Parquet bytes of a table; the same table gives the same bytes. */
export function writeParquet(table: Table): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData: columnDataOf(table) }));
}

/** The columns as the writer takes them. */
export function columnDataOf(table: Table) {
  return table.columns.map((column) => ({
    name: column.name,
    type: TYPES[column.type],
    data: [...column.values],
    nullable: true,
  }));
}
