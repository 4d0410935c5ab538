import type { Reader, Value } from './matches';
import type { OrderBy } from './parse';

export type Compare<T> = (a: T, b: T) => number;

/** Values, then NaN, then what has none, in both directions; equals go on to the next field, in the end to `tie`. */
export function comparing<T>(fields: readonly OrderBy[], read: Reader<T>, tie: Compare<T>): Compare<T> {
  return (a, b) => {
    for (const field of fields) {
      const [left, right] = [read(a, field) as Value, read(b, field) as Value];
      const byRank = rank(left) - rank(right);
      if (byRank !== 0) return byRank;
      if (rank(left) > 0) continue;
      const order = compareValues(left as string, right as string);
      if (order !== 0) return field.ascending ? order : -order;
    }
    return tie(a, b);
  };
}

/** Text by code units, which is what DynamoDB's sort keys and SQL's binary collation do. */
export function compareValues(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(value: Value): number {
  if (value === undefined) return 2;
  return Number.isNaN(value) ? 1 : 0;
}
