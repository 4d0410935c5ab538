/** Expectations about each value of a column; missing values are left out, unless they are what it is about. */
import { quoteName, quoteText } from '../duckdb';
import {
  ROW,
  SOURCE,
  countOf,
  filter,
  isNumber,
  repeatedRows,
  rowsMeasure,
  shareJudged,
  typeIn,
  type Bounds,
  type Measure,
  type Measurer,
  type Scope,
} from './measure';

interface OnValues {
  readonly column: string;
  readonly mostly: number;
}

function presentValues(scope: Scope, { column, mostly }: OnValues, failing: string): Measure {
  const c = quoteName(column);
  return rowsMeasure(scope, { looked: `${c} IS NOT NULL`, failing, mostly, shown: c });
}

export const valuesNotNull: Measurer<'expect_column_values_to_not_be_null'> = ({ column, mostly }, scope) =>
  rowsMeasure(scope, {
    looked: '',
    failing: `${quoteName(column)} IS NULL`,
    mostly,
    shown: quoteName(column),
  });

export const valuesNull: Measurer<'expect_column_values_to_be_null'> = ({ column, mostly }, scope) =>
  rowsMeasure(scope, {
    looked: '',
    failing: `${quoteName(column)} IS NOT NULL`,
    mostly,
    shown: quoteName(column),
  });

/** All values that occur more than once fail. */
export const valuesUnique: Measurer<'expect_column_values_to_be_unique'> = ({ column, mostly }, scope) => {
  const c = quoteName(column);
  return uniqueRows(scope, { key: c, looked: `${c} IS NOT NULL`, mostly, shown: c, names: [column] });
};

/** @param names of the columns that the key is made of */
export function uniqueRows(
  scope: Scope,
  {
    key,
    looked,
    mostly,
    shown,
    names,
  }: {
    readonly key: string;
    readonly looked: string;
    readonly mostly: number;
    readonly shown: string;
    readonly names: readonly string[];
  },
): Measure {
  const conditions = [scope.rows, looked].filter((one) => one !== '').map((one) => `(${one})`);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const list = names.map(quoteName).join(', ');
  return {
    select: {
      elements: countOf(scope, looked),
      unexpected: repeatedRows(`histogram(${key})${filter(scope, looked)}`),
    },
    unexpected: [
      ...conditions,
      `(${list}) IN (SELECT (${list}) FROM ${SOURCE}${where} GROUP BY ${list} HAVING count(*) > 1)`,
    ].join(' AND '),
    shown,
    judge: (value) => shareJudged(value, mostly),
  };
}

export const valuesBetween: Measurer<'expect_column_values_to_be_between'> = (expectation, scope) => {
  const c = quoteName(expectation.column);
  const numeric = isNumber(typeIn(scope.columns, expectation.column));
  // In a column of text the cells that are no numbers fail, as a range has nothing to say about them.
  const number = numeric ? c : `TRY_CAST(CAST(${c} AS VARCHAR) AS DOUBLE)`;
  return presentValues(
    scope,
    expectation,
    [...(numeric ? [] : [`${number} IS NULL`]), outside(number, expectation)].join(' OR '),
  );
};

export const lengthsBetween: Measurer<'expect_column_value_lengths_to_be_between'> = (expectation, scope) =>
  presentValues(
    scope,
    expectation,
    outside(`length(CAST(${quoteName(expectation.column)} AS VARCHAR))`, expectation),
  );

function outside(sql: string, { min, max }: Bounds): string {
  const parts = [...(min === null ? [] : [`${sql} < ${min}`]), ...(max === null ? [] : [`${sql} > ${max}`])];
  return parts.length === 0 ? 'false' : parts.join(' OR ');
}

type Values = readonly (string | number | boolean)[];

export const valuesInSet: Measurer<'expect_column_values_to_be_in_set'> = (expectation, scope) =>
  presentValues(scope, expectation, `NOT ${among(expectation.column, expectation.values, scope)}`);

export const valuesNotInSet: Measurer<'expect_column_values_to_not_be_in_set'> = (expectation, scope) =>
  presentValues(scope, expectation, among(expectation.column, expectation.values, scope));

/** Values of another type than the column's are compared as texts. */
function among(column: string, values: Values, { columns }: Scope): string {
  const c = quoteName(column);
  const type = typeIn(columns, column);
  if (values.every((value) => typeof value === (isNumber(type) ? 'number' : type)))
    return `${c} IN (${values.map((value) => (typeof value === 'string' ? quoteText(value) : String(value))).join(', ')})`;
  return `CAST(${c} AS VARCHAR) IN (${values.map((value) => quoteText(String(value))).join(', ')})`;
}

export const valuesOfType: Measurer<'expect_column_values_to_be_of_type'> = (
  { column, dataType },
  { columns },
) => {
  const observed = typeIn(columns, column);
  return { select: {}, judge: () => ({ success: observed === dataType, observed }) };
};

export const valuesMatch: Measurer<'expect_column_values_to_match_regex'> = (expectation, scope) =>
  presentValues(scope, expectation, `NOT ${matches(expectation.column, expectation.regex)}`);

export const valuesDoNotMatch: Measurer<'expect_column_values_to_not_match_regex'> = (expectation, scope) =>
  presentValues(scope, expectation, matches(expectation.column, expectation.regex));

function matches(column: string, regex: string): string {
  return `regexp_matches(CAST(${quoteName(column)} AS VARCHAR), ${quoteText(regex)})`;
}

export const valuesMatchFormat: Measurer<'expect_column_values_to_match_strftime_format'> = (
  expectation,
  scope,
) =>
  presentValues(
    scope,
    expectation,
    `try_strptime(CAST(${quoteName(expectation.column)} AS VARCHAR), ${quoteText(expectation.format)}) IS NULL`,
  );

/** Each value against the present one before it, in the order of the rows. */
export const valuesIncreasing: Measurer<'expect_column_values_to_be_increasing'> = (expectation, scope) => {
  const c = quoteName(expectation.column);
  const before = scope.own('before');
  const value = scope.rows === '' ? c : `CASE WHEN ${scope.rows} THEN ${c} END`;
  return {
    ...presentValues(scope, expectation, `${c} ${expectation.strictly ? '<=' : '<'} ${quoteName(before)}`),
    derived: { [before]: `lag(${value} IGNORE NULLS) OVER (ORDER BY ${ROW})` },
  };
};
