/**
 * A suite of expectations from what a dataset of reference is like: a start that people edit. Bounds leave room, as the
 * next data is never quite the same: a tenth of the range on both sides, half to double the rows, a tenth more gaps.
 */
import type { Column } from '../tasks/dataset';
import { expectationSuite, type ExpectationSuite, type ExpectationSuiteInput } from '../tasks/expectation';
import type { ColumnProfile, DatasetProfile } from './profile';

type Inferred = ExpectationSuiteInput['expectations'][number];

/** Texts with more values are no categories. */
const MAX_CATEGORIES = 10;

export function inferSuite(
  name: string,
  columns: readonly Column[],
  profile: DatasetProfile,
): ExpectationSuite {
  const table: Inferred[] = [
    { type: 'expect_table_schema_to_match', columns: columns.map(({ name, type }) => ({ name, type })) },
    {
      type: 'expect_table_row_count_to_be_between',
      min: Math.floor(profile.rows / 2),
      max: profile.rows * 2,
      severity: 'warning',
    },
  ];
  return expectationSuite.parse({
    name,
    expectations: [...table, ...profile.columns.flatMap((column) => ofColumn(column, profile.rows))],
  });
}

function ofColumn(column: ColumnProfile, rows: number): Inferred[] {
  const present = rows - column.missing;
  if (present === 0) return [];
  const on = { column: column.name } as const;
  return [
    ...gaps(column, rows),
    ...(isKey(column, rows) ? [{ type: 'expect_column_values_to_be_unique', ...on } as const] : []),
    ...ranges(column),
    ...(isCategory(column, present)
      ? [
          {
            type: 'expect_column_values_to_be_in_set',
            ...on,
            values: column.top.map(({ value }) => value),
          } as const,
        ]
      : []),
  ];
}

function gaps({ name, missing }: ColumnProfile, rows: number): Inferred[] {
  if (missing === 0) return [{ type: 'expect_column_values_to_not_be_null', column: name }];
  // Rounded down to whole percents.
  const mostly = Math.floor(100 * (1 - Math.min(1, missing / rows + 0.1))) / 100;
  return mostly <= 0
    ? []
    : [{ type: 'expect_column_values_to_not_be_null', column: name, mostly, severity: 'warning' }];
}

/** Every value once, in more rows than chance would have it, and no measurement. */
function isKey({ distinct, type }: ColumnProfile, rows: number): boolean {
  return distinct === rows && rows > MAX_CATEGORIES && (type === 'string' || type === 'integer');
}

function isCategory({ distinct, type, top }: ColumnProfile, present: number): boolean {
  return type === 'string' && distinct <= Math.min(MAX_CATEGORIES, top.length) && distinct * 5 <= present;
}

function ranges({ name, type, numeric }: ColumnProfile): Inferred[] {
  if (numeric === null) return [];
  const room = (numeric.max - numeric.min) / 10;
  // What was never negative stays so.
  const low = numeric.min >= 0 ? Math.max(0, numeric.min - room) : numeric.min - room;
  const bound = (value: number, round: (x: number) => number) => (type === 'integer' ? round(value) : value);
  const spread = 2 * numeric.std;
  return [
    {
      type: 'expect_column_values_to_be_between',
      column: name,
      min: bound(low, Math.floor),
      max: bound(numeric.max + room, Math.ceil),
      severity: 'warning',
    },
    ...(spread === 0
      ? []
      : [
          {
            type: 'expect_column_mean_to_be_between',
            column: name,
            min: numeric.mean - spread,
            max: numeric.mean + spread,
            severity: 'warning',
          } as const,
        ]),
  ];
}
