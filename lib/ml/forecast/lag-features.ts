/** Features of a series that are known `horizon` steps before: what it was, what it was on the mean, and the calendar. */
import type { Matrix } from '../matrix';
import type { Series } from './series';

export interface LagFeatures {
  /** Steps ahead that are forecast: nothing younger is used. */
  readonly horizon: number;
  /** Steps back; those below the horizon are not known in time and are refused. */
  readonly lags: readonly number[];
  /** Means over so many steps, the youngest of them `horizon` back. @default none */
  readonly windows?: readonly number[];
  /** Means over so many earlier seasons at the same place of the season. @default none */
  readonly seasonMeans?: { readonly period: number; readonly seasons: readonly number[] };
  /** Of the time in UTC: hour, day of the week, day of the month, month, day of the year. @default true */
  readonly calendar?: boolean;
}

/**
 * A row for each value of the series, NaN for what lies before its start.
 * @throws RangeError for a lag below the horizon
 */
export function lagFeatures({ values, start, step }: Series, features: LagFeatures): Matrix {
  const { horizon, lags, windows = [], seasonMeans, calendar = true } = features;
  const early = lags.find((lag) => lag < horizon);
  if (early !== undefined)
    throw new RangeError(`A lag of ${early} steps is not known ${horizon} steps ahead.`);
  const rows = values.length;
  const named: [string, Float64Array][] = [];
  for (const lag of lags)
    named.push([`lag_${lag}`, Float64Array.from({ length: rows }, (_, t) => values[t - lag] ?? Number.NaN)]);
  for (const window of windows) named.push([`mean_${window}`, rollingMeans(values, window, horizon)]);
  if (seasonMeans !== undefined)
    for (const seasons of seasonMeans.seasons) {
      const { period } = seasonMeans;
      const first = Math.ceil(horizon / period);
      named.push([
        `season_mean_${seasons}`,
        Float64Array.from({ length: rows }, (_, t) =>
          meanOf(Array.from({ length: seasons }, (_season, k) => values[t - (first + k) * period])),
        ),
      ]);
    }
  if (calendar)
    for (const [name, part] of Object.entries(CALENDAR))
      named.push([name, Float64Array.from({ length: rows }, (_, t) => part(new Date(start + t * step)))]);
  return { rows, names: named.map(([name]) => name), columns: named.map(([, column]) => column) };
}

const CALENDAR: Readonly<Record<string, (time: Date) => number>> = {
  hour: (time) => time.getUTCHours(),
  weekday: (time) => time.getUTCDay(),
  day: (time) => time.getUTCDate(),
  month: (time) => time.getUTCMonth() + 1,
  day_of_year: (time) =>
    Math.floor(
      (Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate()) -
        Date.UTC(time.getUTCFullYear(), 0, 1)) /
        86_400_000,
    ) + 1,
};

/** Of the values from t − horizon − window + 1 to t − horizon; NaN without a value there. */
function rollingMeans(values: Float64Array, window: number, horizon: number): Float64Array {
  const sums = new Float64Array(values.length + 1);
  const counts = new Int32Array(values.length + 1);
  values.forEach((value, t) => {
    const known = !Number.isNaN(value);
    sums[t + 1] = sums[t]! + (known ? value : 0);
    counts[t + 1] = counts[t]! + Number(known);
  });
  return Float64Array.from({ length: values.length }, (_, t) => {
    const to = Math.max(0, t - horizon + 1);
    const from = Math.max(0, to - window);
    const count = counts[to]! - counts[from]!;
    return count === 0 ? Number.NaN : (sums[to]! - sums[from]!) / count;
  });
}

function meanOf(values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined && !Number.isNaN(value)) as number[];
  return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0) / known.length;
}
