/** Bins of a column, as profiles and comparisons draw them: of whole numbers at whole numbers, of dates at days. */
import type { Column } from '../tasks/dataset';
import { quoteName, type Database } from './duckdb';

const BINS = 20;
/** With no more values than that each whole number has a bin of its own. */
const SINGLE_VALUES = 32;

export interface Bins {
  readonly min: number;
  readonly width: number;
  readonly count: number;
}

/** Equal bins from the least to the greatest value. */
export function binsOf(type: Column['type'], min: number, max: number): Bins {
  if (type === 'number') return { min, width: (max - min) / BINS || 1, count: BINS };
  const span = Math.floor(max) - Math.floor(min) + 1;
  if (span <= SINGLE_VALUES) return { min: Math.floor(min), width: 1, count: span };
  const width = Math.ceil(span / BINS);
  return { min: Math.floor(min), width, count: Math.ceil(span / width) };
}

/** Moments of numbers beyond it are beyond a double. */
const LARGEST = 1e75;

/** Whether a number is one to measure: not NaN, infinite or so large that its fourth power is. @param c quoted */
export function isMeasurable(c: string): string {
  return `(isfinite(CAST(${c} AS DOUBLE)) AND abs(CAST(${c} AS DOUBLE)) <= ${LARGEST})`;
}

/** The column as a number: dates as days since 1970. Infinite and huge values and NaN are missing. */
export function asNumber({ name, type }: Pick<Column, 'name' | 'type'>): string {
  const c = quoteName(name);
  if (isDate(type)) return `epoch(TRY_CAST(${c} AS TIMESTAMP)) / 86400`;
  return `CASE WHEN ${isMeasurable(c)} THEN CAST(${c} AS DOUBLE) END`;
}

/** Where each bin begins. */
export function binStarts(type: Column['type'], { min, width, count }: Bins): string[] {
  return Array.from({ length: count }, (_, i) => {
    const start = min + i * width;
    return isDate(type)
      ? new Date(start * 86_400_000).toISOString().slice(0, 10)
      : String(Number(start.toPrecision(6)));
  });
}

/** Values in each bin. */
export async function binCounts(
  database: Database,
  view: string,
  column: Pick<Column, 'name' | 'type'>,
  { min, width, count }: Bins,
): Promise<number[]> {
  const found = await database.rows(
    `SELECT greatest(0, least(${count - 1}, CAST(floor((x - CAST($1 AS DOUBLE)) / CAST($2 AS DOUBLE)) AS INTEGER))) AS b, count(*) AS k FROM (SELECT ${asNumber(column)} AS x FROM ${view}) WHERE x IS NOT NULL GROUP BY 1`,
    // As texts: a whole number beyond 128 bits is bound as none.
    [String(min), String(width)],
  );
  const counts = new Array<number>(count).fill(0);
  for (const { b, k } of found) counts[Number(b)] = Number(k);
  return counts;
}

/** The least and the greatest value; `undefined` where there is none. */
export async function rangeIn(
  database: Database,
  view: string,
  column: Pick<Column, 'name' | 'type'>,
): Promise<readonly [number, number] | undefined> {
  const [row] = await database.rows(
    `SELECT min(x) AS low, max(x) AS high FROM (SELECT ${asNumber(column)} AS x FROM ${view})`,
  );
  const { low, high } = row ?? {};
  return low === null || low === undefined ? undefined : [Number(low), Number(high)];
}

export function isDate(type: Column['type']): boolean {
  return type === 'date' || type === 'timestamp';
}
