/** Expectations about the table: its rows, its columns, its schema. */
import { within, type Measurer } from './measure';

export const rowCountBetween: Measurer<'expect_table_row_count_to_be_between'> = (expectation) => ({
  select: { value: 'count(*)' },
  judge: (value) => ({ success: within(value('value'), expectation), observed: value('value') }),
});

export const rowCountEqual: Measurer<'expect_table_row_count_to_equal'> = (expectation) => ({
  select: { value: 'count(*)' },
  judge: (value) => ({ success: value('value') === expectation.value, observed: value('value') }),
});

export const columnCountEqual: Measurer<'expect_table_column_count_to_equal'> = ({ value }, { columns }) => ({
  select: {},
  judge: () => ({ success: columns.length === value, observed: columns.length }),
});

export const columnsMatchSet: Measurer<'expect_table_columns_to_match_set'> = (expectation, { columns }) => {
  const names = columns.map(({ name }) => name);
  const missing = expectation.columns.filter((name) => !names.includes(name));
  const extra = expectation.exact ? names.filter((name) => !expectation.columns.includes(name)) : [];
  return {
    select: {},
    judge: () => ({ success: missing.length + extra.length === 0, observed: { missing, extra } }),
  };
};

export const columnsMatchList: Measurer<'expect_table_columns_to_match_ordered_list'> = (
  expectation,
  { columns },
) => {
  const names = columns.map(({ name }) => name);
  return {
    select: {},
    judge: () => ({
      success: JSON.stringify(names) === JSON.stringify(expectation.columns),
      observed: names,
    }),
  };
};

export const columnExists: Measurer<'expect_column_to_exist'> = ({ column }, { columns }) => {
  const observed = columns.some(({ name }) => name === column);
  return { select: {}, judge: () => ({ success: observed, observed }) };
};

export const schemaMatches: Measurer<'expect_table_schema_to_match'> = (expectation, { columns }) => {
  const expected = new Map(expectation.columns.map(({ name, type }) => [name, type]));
  const removed = [...expected.keys()].filter((name) => !columns.some((column) => column.name === name));
  const added = columns.filter(({ name }) => !expected.has(name)).map(({ name }) => name);
  const retyped = columns
    .filter(({ name, type }) => expected.has(name) && expected.get(name) !== type)
    .map(({ name, type }) => ({ name, expected: expected.get(name), found: type }));
  const drifted = removed.length + retyped.length + (expectation.allowAdded ? 0 : added.length);
  return { select: {}, judge: () => ({ success: drifted === 0, observed: { removed, added, retyped } }) };
};
