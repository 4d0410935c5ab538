/** Aggregates in SQL, with the type they give. */
import type { Column } from '../../tasks/dataset';
import type { Aggregation } from '../../tasks/transform-step';
import { quoteName } from '../duckdb';
import type { Compiled } from './expressions';
import { columnOf, numericColumn, orderTerms, type Relation } from './relation';

interface Scope {
  readonly relation: Relation;
  readonly place: string;
}

/** @throws InvalidDataset for a column that is not there, or without numbers where it needs some */
export function compileAggregation(aggregation: Aggregation, scope: Scope): Compiled {
  const { relation, place } = scope;
  if (aggregation.of === undefined) return { sql: 'count(*)', type: 'integer' };
  const of = aggregation.of;
  const any = () => columnOf(relation, of, place);
  const number = () => numericColumn(relation, of, place);
  const c = quoteName(of);
  const inOrder = (fn: 'first' | 'last') => {
    const { type } = any();
    return {
      sql: `${fn}(${c} ORDER BY ${orderTerms(relation.order)}) FILTER (WHERE ${c} IS NOT NULL)`,
      type,
    };
  };
  switch (aggregation.fn) {
    case 'count':
      any();
      return { sql: `count(${c})`, type: 'integer' };
    case 'count-distinct':
      any();
      return { sql: `count(DISTINCT ${c})`, type: 'integer' };
    case 'sum': {
      const { type } = number();
      return { sql: `sum(${c})`, type };
    }
    case 'mean':
      number();
      return { sql: `avg(${c})`, type: 'number' };
    case 'median':
      number();
      return { sql: `median(CAST(${c} AS DOUBLE))`, type: 'number' };
    case 'quantile':
      number();
      return { sql: `quantile_cont(CAST(${c} AS DOUBLE), ${aggregation.q})`, type: 'number' };
    case 'stdev':
    case 'variance':
      number();
      return { sql: `${aggregation.fn === 'stdev' ? 'stddev_samp' : 'var_samp'}(${c})`, type: 'number' };
    case 'min':
    case 'max':
      return { sql: `${aggregation.fn}(${c})`, type: any().type };
    case 'mode':
      return { sql: modeOf(any()), type: any().type };
    case 'first':
    case 'last':
      return inOrder(aggregation.fn);
  }
}

/** The most frequent value, the least of several, as in pandas and scikit-learn. */
export function modeOf({ name }: Column): string {
  const c = quoteName(name);
  return `list_sort(list_transform(map_entries(histogram(${c}) FILTER (WHERE ${c} IS NOT NULL)), lambda e: {'n': -CAST(e.value AS BIGINT), 'v': e.key}))[1].v`;
}
