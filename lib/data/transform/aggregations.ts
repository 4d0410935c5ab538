/** Aggregates in SQL, with the type they give. */
import type { Column } from '../../tasks/dataset';
import type { Aggregation } from '../../tasks/transform-step';
import { quoteName } from '../duckdb';
import type { Compiled } from './expressions';
import { columnOf, numericColumn, orderTerms, type Relation } from './relation';

interface Scope {
  readonly relation: Relation;
  readonly place: string;
  /** Condition of the rows that count. @default all */
  readonly where?: string | undefined;
}

/** @throws InvalidDataset for a column that is not there, or without numbers where it needs some */
export function compileAggregation(aggregation: Aggregation, scope: Scope): Compiled {
  const { relation, place, where } = scope;
  const rows = filterOf(where);
  if (aggregation.of === undefined) return { sql: `count(*)${rows}`, type: 'integer' };
  const of = aggregation.of;
  const any = () => columnOf(relation, of, place);
  const number = () => numericColumn(relation, of, place);
  const c = quoteName(of);
  switch (aggregation.fn) {
    case 'count':
      any();
      return { sql: `count(${c})${rows}`, type: 'integer' };
    case 'count-distinct':
      any();
      return { sql: `count(DISTINCT ${c})${rows}`, type: 'integer' };
    case 'sum': {
      const column = number();
      return { sql: measured('sum', column, { where }), type: column.type };
    }
    case 'mean':
      return { sql: measured('avg', number(), { where }), type: 'number' };
    case 'median':
      return { sql: measured('median', number(), { where }), type: 'number' };
    case 'quantile':
      number();
      return {
        sql: finite(`quantile_cont(CAST(${c} AS DOUBLE), ${aggregation.q})${rows}`),
        type: 'number',
      };
    case 'stdev':
      return { sql: measured('stddev_samp', number(), { where }), type: 'number' };
    case 'variance':
      return { sql: measured('var_samp', number(), { where }), type: 'number' };
    case 'min':
    case 'max':
      return { sql: `${aggregation.fn}(${c})${rows}`, type: any().type };
    case 'mode':
      return { sql: modeOf(any(), where), type: any().type };
    case 'first':
    case 'last': {
      const { type } = any();
      const present = filterOf(where, `${c} IS NOT NULL`);
      return { sql: `${aggregation.fn}(${c} ORDER BY ${orderTerms(relation.order)})${present}`, type };
    }
  }
}

function filterOf(...conditions: readonly (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? '' : ` FILTER (WHERE ${given.join(' AND ')})`;
}

/** From here on squares may be more than a double can hold; DuckDB fails for such. */
const TOO_LARGE_TO_SQUARE = '1e150::DOUBLE';

/** A figure of a column of numbers; missing where it is too large for a number, as it is for infinite ones. */
export function measured(
  fn: 'sum' | 'avg' | 'median' | 'stddev_samp' | 'var_samp',
  { name, type }: Column,
  {
    where,
    over = '',
  }: {
    /** Condition of the rows that count. @default all */
    readonly where?: string | undefined;
    /** Where it is a window's: ` OVER (…)`. */
    readonly over?: string;
  } = {},
): string {
  const c = quoteName(name);
  const value = `${fn}(${fn === 'median' && type === 'number' ? `CAST(${c} AS DOUBLE)` : c})`;
  if (type === 'integer') return `${value}${filterOf(where)}${over}`;
  if (fn !== 'stddev_samp' && fn !== 'var_samp') return finite(`${value}${filterOf(where)}${over}`);
  const small = filterOf(where, `abs(${c}) < ${TOO_LARGE_TO_SQUARE}`);
  const largest = `max(abs(${c}))${filterOf(where)}${over}`;
  return `CASE WHEN ${largest} < ${TOO_LARGE_TO_SQUARE} THEN ${value}${small}${over} END`;
}

/** What is too large for a number is missing, never infinite. @param value computed once, though it stands there twice */
export function finite(value: string): string {
  return `CASE WHEN isfinite(${value}) THEN ${value} END`;
}

/**
 * The most frequent value, the least of several, as in pandas and scikit-learn. The space in the name of an entry keeps
 * columns out of it: none begins with one.
 */
export function modeOf({ name }: Column, where?: string): string {
  const c = quoteName(name);
  return `list_sort(list_transform(map_entries(histogram(${c})${filterOf(where, `${c} IS NOT NULL`)}), lambda " e": {'n': -CAST(" e".value AS BIGINT), 'v': " e".key}))[1].v`;
}
