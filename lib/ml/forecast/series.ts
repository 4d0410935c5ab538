/** A series of numbers at even steps, and the simplest forecast of one. */

export interface Series {
  /** Milliseconds since 1970 of the first value. */
  readonly start: number;
  /** Milliseconds from one value to the next. */
  readonly step: number;
  /** NaN where there was none. */
  readonly values: Float64Array;
}

/**
 * The values on a grid of even steps. The step is the smallest gap when none is given.
 * @param times milliseconds since 1970, in any order
 * @throws RangeError for fewer than 2 values, a time that is none or is there twice, or one off the grid
 */
export function seriesOf(times: ArrayLike<number>, values: ArrayLike<number>, step?: number): Series {
  const order = Array.from({ length: times.length }, (_, row) => row).sort((a, b) => times[a]! - times[b]!);
  if (order.length < 2) throw new RangeError(`A series needs 2 values, there are ${order.length}.`);
  const bad = order.find((row) => !Number.isFinite(times[row]!));
  if (bad !== undefined) throw new RangeError(`The time of row ${bad + 1} is missing or none.`);
  const gaps = order.slice(1).map((row, i) => times[row]! - times[order[i]!]!);
  const chosen = step ?? gaps.reduce((least, gap) => (gap > 0 ? Math.min(least, gap) : least), Infinity);
  const start = times[order[0]!]!;
  const length = Math.round((times[order.at(-1)!]! - start) / chosen) + 1;
  const filled = new Float64Array(length).fill(Number.NaN);
  const seen = new Uint8Array(length);
  for (const row of order) {
    const at = (times[row]! - start) / chosen;
    if (!Number.isInteger(at) || !(chosen > 0))
      throw new RangeError(
        `${new Date(times[row]!).toISOString()} is not a multiple of ${chosen / 1000} seconds after ${new Date(start).toISOString()}. Give the step, or put the values on one grid.`,
      );
    if (seen[at] === 1)
      throw new RangeError(
        `There are two values for ${new Date(times[row]!).toISOString()}; sum or drop one before.`,
      );
    seen[at] = 1;
    filled[at] = values[row]!;
  }
  return { start, step: chosen, values: filled };
}

/** Gaps filled by the value of the season before, else of the one after; what is left by the mean. */
export function withoutGaps(values: Float64Array, period: number): Float64Array {
  const filled = values.slice();
  for (let t = period; t < filled.length; t++) if (Number.isNaN(filled[t]!)) filled[t] = filled[t - period]!;
  for (let t = filled.length - 1 - period; t >= 0; t--)
    if (Number.isNaN(filled[t]!)) filled[t] = filled[t + period]!;
  const present = values.filter((value) => !Number.isNaN(value));
  const mean = present.reduce((sum, value) => sum + value, 0) / present.length;
  return filled.map((value) => (Number.isNaN(value) ? mean : value));
}

/** What was at the same place of the season before, again and again. @throws RangeError for less than a season */
export function seasonalNaive(values: ArrayLike<number>, period: number, steps: number): Float64Array {
  if (!(period >= 1) || values.length < period)
    throw new RangeError(`There are ${values.length} values; a season has ${period}.`);
  return Float64Array.from({ length: steps }, (_, h) => values[values.length - period + (h % period)]!);
}
