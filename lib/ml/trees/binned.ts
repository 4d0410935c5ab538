/**
 * Features as bin numbers, so that a tree compares small whole numbers while it grows.
 *
 * Numbers are rounded to float32 first, as the saved model compares them. Up to `maxBins` different values have a bin
 * each; more are cut at quantiles, of a sample when there are very many rows. A missing value (NaN) has the bin after
 * the last. A categorical feature has a bin for each of its codes.
 */
import type { Kernel, Region } from '../kernel/kernel';
import type { Matrix } from '../matrix';
import { Random } from '../random';

export interface Binned {
  readonly rows: number;
  readonly features: readonly BinnedFeature[];
}

export interface BinnedFeature {
  /** Bin of each row, in the kernel's memory: bytes when `width` is below 256. */
  readonly bins: Region<Uint8Array | Int32Array>;
  /** Bins without the one of missing values, whose number this is. */
  readonly width: number;
  /** Least and greatest value of each bin, in the kernel's memory; the code itself for a category. */
  readonly low: Region<Float32Array>;
  readonly high: Region<Float32Array>;
  readonly missing: boolean;
  readonly categorical: boolean;
}

export const MAX_BINS = 255;
/** Rows that quantiles are taken of, as many as scikit-learn takes. */
const SAMPLED = 200_000;

/** @param maxBins at most 255 for one byte per value; infinity for a bin per different value */
export function binFeatures(
  kernel: Kernel,
  matrix: Matrix,
  maxBins = MAX_BINS,
  categorical: ReadonlySet<number> = new Set(),
): Binned {
  const { rows } = matrix;
  const bytes = maxBins <= MAX_BINS;
  const targets = matrix.columns.map((): Place => ({
    bins: bytes ? kernel.bytes(rows) : kernel.ints(rows),
    low: kernel.floats(bytes ? 257 : rows),
    high: kernel.floats(bytes ? 257 : rows),
  }));
  return kernel.scratch(() => {
    const memory: Scratch = {
      values: kernel.floats(rows),
      sorted: kernel.floats(rows),
      spare: kernel.floats(rows),
      counters: kernel.allocate(3 * 2048 * 4),
      upper: kernel.floats(256),
    };
    const sample = rows > SAMPLED && bytes ? sampled(rows) : undefined;
    return {
      rows,
      features: matrix.columns.map((column, f) =>
        binFeature(kernel, memory, column, targets[f]!, maxBins, categorical.has(f), sample),
      ),
    };
  });
}

/** Where a node is cut whose left rows end with bin `left` and whose right rows begin with bin `right`. Float32. */
export function thresholdBetween(feature: BinnedFeature, left: number, right: number): number {
  const low = feature.high.view[left]!;
  if (right >= feature.width) return low;
  const high = feature.low.view[right]!;
  const middle = Math.fround(low + (high - low) / 2);
  return middle >= high ? low : middle;
}

type Place = Pick<BinnedFeature, 'bins' | 'low' | 'high'>;

interface Scratch {
  readonly values: Region<Float32Array>;
  readonly sorted: Region<Float32Array>;
  readonly spare: Region<Float32Array>;
  readonly counters: number;
  readonly upper: Region<Float32Array>;
}

function binFeature(
  { call }: Kernel,
  { values, sorted, spare, counters, upper }: Scratch,
  column: Float64Array,
  { bins, low, high }: Place,
  maxBins: number,
  categorical: boolean,
  sample: Int32Array | undefined,
): BinnedFeature {
  const rows = column.length;
  const missing = copyRounded(column, values.view);
  const some = categorical ? undefined : sample;
  let count = rows;
  if (some === undefined) sorted.view.set(values.view);
  else {
    count = some.length;
    for (let i = 0; i < count; i++) sorted.view[i] = values.view[some[i]!]!;
  }
  call.sortFloats(sorted.at, spare.at, count, counters);
  // NaN sorts last.
  while (count > 0 && Number.isNaN(sorted.view[count - 1]!)) count--;
  const present = sorted.view.subarray(0, count);
  const distinct = distinctOf(present, categorical ? MAX_BINS : maxBins);
  if (categorical && distinct.length > MAX_BINS - 1)
    throw new RangeError(
      `A categorical feature has more than ${MAX_BINS - 1} different codes, which is as many as there may be.`,
    );
  const edges = distinct.length <= maxBins ? distinct : quantiles(present, maxBins);
  const width = edges.length;
  if (bins.view instanceof Int32Array) {
    for (let row = 0; row < rows; row++) bins.view[row] = binOf(edges, values.view[row]!);
    low.view.set(distinct);
    high.view.set(distinct);
    return { bins, width, low, high, missing, categorical };
  }
  upper.view.fill(Number.POSITIVE_INFINITY).set(edges);
  call.binBytes(values.at, rows, upper.at, width, bins.at);
  low.view.fill(Number.POSITIVE_INFINITY);
  high.view.fill(Number.NEGATIVE_INFINITY);
  call.rangeOfBins(values.at, rows, bins.at, low.at, high.at);
  return { bins, width, low, high, missing, categorical };
}

/** Faster than `set`, which has a slow way between types. @returns whether a value is missing */
function copyRounded(column: Float64Array, target: Float32Array): boolean {
  let missing = false;
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    target[row] = value;
    if (value !== value) missing = true;
  }
  return missing;
}

/** One row of each of as many equal stretches, drawn at random: the same on every machine. */
function sampled(rows: number): Int32Array {
  const random = new Random(0);
  return Int32Array.from({ length: SAMPLED }, (_, i) =>
    Math.floor(((i + random.uniform()) * rows) / SAMPLED),
  );
}

/** Different values, ascending; not all of them when they are more than `most`. */
function distinctOf(sorted: Float32Array, most: number): Float32Array {
  const distinct = new Float32Array(Math.min(sorted.length, most + 1));
  let count = 0;
  for (let i = 0; i < sorted.length && count <= most; i++)
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
