/** Expectations about several columns of a row, and about how recent the rows are. */
import { quoteName, quoteText } from '../duckdb';
import { comparable } from '../transform/expressions';
import { filter, isNumber, noNumbers, rowsMeasure, typeIn, type Measurer } from './measure';
import { uniqueRows } from './value-measures';

/** Rows in which both are present. */
export const pairGreater: Measurer<'expect_column_pair_values_a_to_be_greater_than_b'> = (
  expectation,
  scope,
) => {
  const { columnA, columnB, orEqual, mostly } = expectation;
  const [typeA, typeB] = [typeIn(scope.columns, columnA), typeIn(scope.columns, columnB)];
  if (typeA !== undefined && typeB !== undefined && !comparable(typeA, typeB))
    return `'${columnA}' (${typeA}) cannot be compared with '${columnB}' (${typeB}).`;
  const [a, b] = [quoteName(columnA), quoteName(columnB)];
  return rowsMeasure(scope, {
    looked: `${a} IS NOT NULL AND ${b} IS NOT NULL`,
    failing: `${a} ${orEqual ? '<' : '<='} ${b}`,
    mostly,
    shown: `concat_ws(' / ', ${a}, ${b})`,
  });
};

/** Rows in which any of them is present. */
export const compoundUnique: Measurer<'expect_compound_columns_to_be_unique'> = (
  { columns, mostly },
  scope,
) => {
  const quoted = columns.map(quoteName);
  return uniqueRows(scope, {
    key: `row(${quoted.join(', ')})`,
    looked: quoted.map((c) => `${c} IS NOT NULL`).join(' OR '),
    mostly,
    shown: `concat_ws(' / ', ${quoted.join(', ')})`,
    names: columns,
  });
};

/** Rows in which all are present. */
export const multicolumnSum: Measurer<'expect_multicolumn_sum_to_equal'> = (expectation, scope) => {
  const { columns, sum, tolerance, mostly } = expectation;
  const other = columns.find((name) => !isNumber(typeIn(scope.columns, name)));
  if (other !== undefined) return noNumbers(other, typeIn(scope.columns, other));
  const total = columns.map((name) => `CAST(${quoteName(name)} AS DOUBLE)`).join(' + ');
  return rowsMeasure(scope, {
    looked: columns.map((name) => `${quoteName(name)} IS NOT NULL`).join(' AND '),
    failing: `abs(${total} - ${sum}) > ${tolerance}`,
    mostly,
    shown: total,
  });
};

export const recentData: Measurer<'expect_row_values_to_have_recent_data'> = (expectation, scope) => {
  const { column, maxAgeHours } = expectation;
  const type = typeIn(scope.columns, column);
  if (type !== 'date' && type !== 'timestamp')
    return `'${column}' is a column of ${type ?? 'unknown'} values, not of dates. Declare its type where it is ingested.`;
  const newest = `max(CAST(${quoteName(column)} AS TIMESTAMP))${filter(scope)}`;
  return {
    select: {
      value: `(epoch_us(CAST(${quoteText(scope.at)} AS TIMESTAMP)) - epoch_us(${newest})) / 3600000000.0::DOUBLE`,
    },
    judge: (value) => {
      const age = value('value');
      return {
        success: typeof age === 'number' && age <= maxAgeHours,
        observed: { ageHours: age, at: scope.at },
      };
    },
  };
};
