import type { Table } from './read-parquet';

/** Some rows of a table, in the order given. */
export function takeRows(table: Table, rows: readonly number[]): Table {
  return {
    rows: rows.length,
    columns: table.columns.map((column) => ({
      ...column,
      values: rows.map((row) => column.values[row] ?? null),
    })),
  };
}
