import type { ColumnType } from '../tasks/dataset';

/** How DuckDB calls the type. */
export const DUCKDB_TYPES: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
};

const TYPES: readonly [RegExp, ColumnType][] = [
  [/^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w*INT\w*)$/, 'integer'],
  [/^(FLOAT|DOUBLE|DECIMAL.*)$/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP/, 'timestamp'],
];

/** Type of a column by DuckDB's name for it; what has no better one is a text. */
export function columnTypeOf(duckdbType: string): ColumnType {
  return TYPES.find(([pattern]) => pattern.test(duckdbType))?.[1] ?? 'string';
}
