/** Expectations about a whole column: how many values, their figures, their distribution. */
import { quoteName, quoteText } from '../duckdb';
import { isMeasurable } from '../histogram';
import {
  countOf,
  filter,
  isNumber,
  listOf,
  noNumbers,
  typeIn,
  within,
  type Bounds,
  type Measure,
  type Measurer,
  type Scope,
} from './measure';

function figure(sql: string, bounds: Bounds): Measure {
  return {
    select: { value: sql },
    judge: (value) => ({ success: within(value('value'), bounds), observed: value('value') }),
  };
}

type OnColumn = Bounds & { readonly column: string };

/** @param sql of the quoted column and the filter */
function numbers(sql: (c: string, filtered: string) => string) {
  return (expectation: OnColumn, scope: Scope): Measure | string => {
    const type = typeIn(scope.columns, expectation.column);
    if (!isNumber(type)) return noNumbers(expectation.column, type);
    return figure(`CAST(${sql(quoteName(expectation.column), filter(scope))} AS DOUBLE)`, expectation);
  };
}

export const minBetween = numbers((c, filtered) => `min(${c})${filtered}`);
export const maxBetween = numbers((c, filtered) => `max(${c})${filtered}`);
export const meanBetween = numbers((c, filtered) => `avg(${c})${filtered}`);
export const medianBetween = numbers((c, filtered) => `median(${c})${filtered}`);
/** None, and so none in bounds, of values that are infinite, NaN or huge: DuckDB gives up at them. */
export const stdevBetween = (expectation: OnColumn, scope: Scope): Measure | string => {
  const type = typeIn(scope.columns, expectation.column);
  if (!isNumber(type)) return noNumbers(expectation.column, type);
  const c = quoteName(expectation.column);
  const odd = countOf(scope, `${c} IS NOT NULL`, `NOT ${isMeasurable(c)}`);
  const value = `CAST(stddev_samp(${c})${filter(scope, isMeasurable(c))} AS DOUBLE)`;
  return figure(`CASE WHEN ${odd} = 0 THEN ${value} END`, expectation);
};
export const sumBetween = numbers((c, filtered) => `sum(${c})${filtered}`);

export const uniqueCountBetween = (expectation: OnColumn, scope: Scope): Measure =>
  figure(`count(DISTINCT ${quoteName(expectation.column)})${filter(scope)}`, expectation);

export const uniqueShareBetween = (expectation: OnColumn, scope: Scope): Measure => {
  const c = quoteName(expectation.column);
  return figure(
    `(count(DISTINCT ${c})${filter(scope)}) / nullif(count(${c})${filter(scope)}, 0)`,
    expectation,
  );
};

export const presentShareBetween = (expectation: OnColumn, scope: Scope): Measure => {
  const c = quoteName(expectation.column);
  return figure(`(count(${c})${filter(scope)}) / nullif(count(*)${filter(scope)}, 0)`, expectation);
};

export const quantilesBetween: Measurer<'expect_column_quantile_values_to_be_between'> = (
  expectation,
  scope,
) => {
  const { column, quantiles, ranges } = expectation;
  const type = typeIn(scope.columns, column);
  if (!isNumber(type)) return noNumbers(column, type);
  if (quantiles.length !== ranges.length)
    return `There are ${quantiles.length} quantiles and ${ranges.length} ranges; each quantile needs its range.`;
  return {
    select: {
      value: `quantile_cont(CAST(${quoteName(column)} AS DOUBLE), [${quantiles.join(', ')}])${filter(scope)}`,
    },
    judge: (value) => {
      const observed = listOf(value('value')).map(Number);
      const success =
        observed.length > 0 && ranges.every(([min, max], i) => within(observed[i], { min, max }));
      return { success, observed };
    },
  };
};

export const mostCommonInSet: Measurer<'expect_column_most_common_value_to_be_in_set'> = (
  expectation,
  scope,
) => {
  const c = `CAST(${quoteName(expectation.column)} AS VARCHAR)`;
  const histogram = `histogram(${c})${filter(scope, `${c} IS NOT NULL`)}`;
  return {
    select: {
      value: `list_transform(list_filter(map_entries(${histogram}), lambda " e": " e".value = list_max(map_values(${histogram}))), lambda " e": " e".key)`,
    },
    judge: (value) => {
      const observed = listOf(value('value')).map(String);
      const inSet = observed.filter((one) => expectation.values.some((expected) => String(expected) === one));
      const success =
        observed.length > 0 && (expectation.tiesOkay ? inSet.length > 0 : inSet.length === observed.length);
      return { success, observed };
    },
  };
};

export const klDivergence: Measurer<'expect_column_kl_divergence_to_be_less_than'> = (expectation, scope) => {
  const { column, partition, threshold } = expectation;
  const c = quoteName(column);
  const parts = 'bins' in partition ? partition.bins.length - 1 : partition.values.length;
  if (parts !== partition.weights.length)
    return `The partition has ${parts} parts and ${partition.weights.length} weights; each part needs its weight.`;
  if ('bins' in partition && !isNumber(typeIn(scope.columns, column)))
    return noNumbers(column, typeIn(scope.columns, column));
  const holds =
    'bins' in partition
      ? partition.weights.map((_, i) => {
          const last = i === partition.weights.length - 1;
          return `${c} >= ${partition.bins[i]} AND ${c} ${last ? '<=' : '<'} ${partition.bins[i + 1]}`;
        })
      : partition.values.map((value) => `CAST(${c} AS VARCHAR) = ${quoteText(String(value))}`);
  return {
    select: {
      present: `count(${c})${filter(scope)}`,
      ...Object.fromEntries(holds.map((condition, i) => [`part${i}`, `count(*)${filter(scope, condition)}`])),
    },
    judge: (value) => {
      const present = Number(value('present'));
      const observed = divergence(
        partition.weights.map((_, i) => Number(value(`part${i}`))),
        partition.weights,
        present,
      );
      // JSON has no infinity: a value that was given no weight at all.
      return { success: observed < threshold, observed: Number.isFinite(observed) ? observed : 'infinite' };
    },
  };
};

/** Of counts from weights. What is in no part has no weight: infinite. */
export function divergence(counts: readonly number[], weights: readonly number[], total: number): number {
  if (total === 0) return Number.POSITIVE_INFINITY;
  const sum = weights.reduce((a, b) => a + b, 0);
  const outside = total - counts.reduce((a, b) => a + b, 0);
  if (outside > 0) return Number.POSITIVE_INFINITY;
  return counts.reduce((kl, count, i) => {
    if (count === 0) return kl;
    const p = count / total;
    const q = (weights[i] ?? 0) / sum;
    return kl + p * Math.log(p / q);
  }, 0);
}
