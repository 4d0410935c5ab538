import type { Reader, Value } from './matches';
import type { OrderBy } from './parse';

export type Compare<T> = (a: T, b: T) => number;

/** Values, then NaN, then what has none, in both directions; equals go on to the next field, in the end to `tie`. */
export function comparing<T>(fields: readonly OrderBy[], read: Reader<T>, tie: Compare<T>): Compare<T> {
  const readings = (thing: T) => fields.map((field) => read(thing, field) as Value);
  return (a, b) => compareReadings(fields, readings(a), readings(b)) || tie(a, b);
}

/** The things in that order. Each is read once, which tells where there are many. */
export function sortedBy<T>(
  things: readonly T[],
  fields: readonly OrderBy[],
  read: Reader<T>,
  tie: Compare<T>,
): T[] {
  return things
    .map((thing) => ({ thing, readings: fields.map((field) => read(thing, field) as Value) }))
    .sort((a, b) => compareReadings(fields, a.readings, b.readings) || tie(a.thing, b.thing))
    .map(({ thing }) => thing);
}

function compareReadings(
  fields: readonly OrderBy[],
  left: readonly Value[],
  right: readonly Value[],
): number {
  for (const [i, field] of fields.entries()) {
    const byRank = rank(left[i]) - rank(right[i]);
    if (byRank !== 0) return byRank;
    if (rank(left[i]) > 0) continue;
    const order = compareValues(left[i] as string, right[i] as string);
    if (order !== 0) return field.ascending ? order : -order;
  }
  return 0;
}

/** Text by code units, which is what DynamoDB's sort keys and SQL's binary collation do. */
export function compareValues(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(value: Value): number {
  if (value === undefined) return 2;
  return Number.isNaN(value) ? 1 : 0;
}
