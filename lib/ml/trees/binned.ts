/**
 * Features as bin numbers, so that a tree compares small whole numbers while it grows.
 *
 * Numbers are rounded to float32 first, as the saved model compares them. Up to `maxBins` different values have a bin
 * each; more are cut at quantiles. A missing value (NaN) has the bin after the last. A categorical feature has a bin
 * for each of its codes.
 */
import type { Matrix } from '../matrix';

export type Bins = Uint8Array | Uint16Array | Int32Array;

export interface Binned {
  readonly rows: number;
  readonly features: readonly BinnedFeature[];
}

export interface BinnedFeature {
  /** Bin of each row. */
  readonly bins: Bins;
  /** Bins without the one of missing values, whose number this is. */
  readonly width: number;
  /** Least and greatest value of each bin; the code itself for a category. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly missing: boolean;
  readonly categorical: boolean;
}

export const MAX_BINS = 255;

/** @param maxBins at most 255 for one byte per value; infinity for a bin per different value */
export function binFeatures(
  matrix: Matrix,
  maxBins = MAX_BINS,
  categorical: ReadonlySet<number> = new Set(),
): Binned {
  return {
    rows: matrix.rows,
    features: matrix.columns.map((column, f) => binFeature(column, maxBins, categorical.has(f))),
  };
}

/** Where a node is cut whose left rows end with bin `left` and whose right rows begin with bin `right`. Float32. */
export function thresholdBetween(feature: BinnedFeature, left: number, right: number): number {
  const low = feature.high[left]!;
  if (right >= feature.width) return low;
  const high = feature.low[right]!;
  const middle = Math.fround(low + (high - low) / 2);
  return middle >= high ? low : middle;
}

function binFeature(column: Float64Array, maxBins: number, categorical: boolean): BinnedFeature {
  const values = new Float32Array(column);
  const sorted = values.slice().sort();
  // NaN sorts last.
  let count = sorted.length;
  while (count > 0 && Number.isNaN(sorted[count - 1]!)) count--;
  const missing = count < values.length;
  const present = sorted.subarray(0, count);
  const distinct = distinctOf(present);
  if (categorical && distinct.length > MAX_BINS - 1)
    throw new RangeError(
      `A categorical feature has ${distinct.length} different codes; at most ${MAX_BINS - 1} are possible.`,
    );
  const upper = distinct.length <= maxBins ? distinct : quantiles(present, maxBins);
  const width = upper.length;
  const bins =
    width < 256
      ? new Uint8Array(values.length)
      : width < 65_536
        ? new Uint16Array(values.length)
        : new Int32Array(values.length);
  for (let row = 0; row < values.length; row++) bins[row] = binOf(upper, values[row]!);
  const low = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
  const high = Float64Array.from(upper);
  if (upper === distinct) low.set(distinct);
  else {
    high.fill(Number.NEGATIVE_INFINITY);
    for (let row = 0; row < values.length; row++) {
      const bin = bins[row]!;
      if (bin === width) continue;
      const value = values[row]!;
      if (value < low[bin]!) low[bin] = value;
      if (value > high[bin]!) high[bin] = value;
    }
  }
  return { bins, width, low, high, missing, categorical };
}

function distinctOf(sorted: Float32Array): Float32Array {
  const distinct = sorted.slice();
  let count = 0;
  for (let i = 0; i < sorted.length; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct[count++] = sorted[i]!;
  return distinct.slice(0, count);
}

/** Greatest value of each quantile's bin, ascending. */
function quantiles(sorted: Float32Array, maxBins: number): Float32Array {
  const upper = new Set<number>();
  for (let b = 1; b < maxBins; b++) {
    upper.add(sorted[Math.floor((b * sorted.length) / maxBins) - 1]!);
  }
  upper.add(sorted.at(-1)!);
  return Float32Array.from(upper);
}

/** The first bin whose greatest value is not below the value; the bin of missing values for NaN. */
function binOf(upper: Float32Array, value: number): number {
  if (Number.isNaN(value)) return upper.length;
  let low = 0;
  let high = upper.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upper[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
