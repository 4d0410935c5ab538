import type { ColumnType } from '../tasks/dataset';

const TYPES: readonly [RegExp, ColumnType][] = [
  [/^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w+INT\w*)$/, 'integer'],
  [/^(FLOAT|DOUBLE|DECIMAL.*)$/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP/, 'timestamp'],
];

/** Type of a column by DuckDB's name for it; what has no better one is a text. */
export function columnTypeOf(duckdbType: string): ColumnType {
  return TYPES.find(([pattern]) => pattern.test(duckdbType))?.[1] ?? 'string';
}
