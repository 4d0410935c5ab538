/**
 * Features as bin numbers, so that a tree compares small whole numbers while it grows.
 *
 * Numbers are rounded to float32 first, as the saved model compares them. Up to `maxBins` different values have a bin
 * each; more are cut at quantiles, of a sample when there are very many rows. A missing value (NaN) has the bin after
 * the last. A categorical feature has a bin for each of its codes.
 *
 * Bytes lie feature after feature, or packed: those of up to eight features together, row after row.
 */
import type { Doubles, Kernel, Region } from '../kernel/kernel';
import type { Matrix } from '../matrix';
import { Random } from '../random';

export interface Binned {
  readonly rows: number;
  readonly features: readonly BinnedFeature[];
}

export interface BinnedFeature {
  /** Bin of each row, in the kernel's memory: bytes when `width` is below 256. */
  readonly bins: Region<Uint8Array | Int32Array>;
  /** Of bytes: from one row's bin to the next one's. */
  readonly step: number;
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

export interface Binning {
  /** At most 255 for one byte per value; infinity for a bin per different value. @default 255 */
  readonly maxBins?: number;
  /** @default none */
  readonly categorical?: ReadonlySet<number>;
  /** For bytes only. @default false */
  readonly packed?: boolean;
}

/** Features of a pack, and of what lies together (`kernel/source/packs.as`). */
export const PACKED = 4;
const CHUNK = 8;
/** Rows that all features go through at a time, as those lie together. */
const BLOCK = 4096;

export function binFeatures(kernel: Kernel, matrix: Matrix, binning: Binning = {}): Binned {
  const { rows, columns } = matrix;
  const { maxBins = MAX_BINS, categorical = new Set(), packed = false } = binning;
  const bytes = maxBins <= MAX_BINS;
  const places = placesOf(kernel, rows, columns.length, bytes, packed);
  return kernel.scratch(() => {
    const sample = rows > SAMPLED && bytes ? sampled(kernel, rows) : undefined;
    const most = sample === undefined || categorical.size > 0 ? rows : sample.length;
    const memory: Scratch = {
      block: kernel.doubles(BLOCK),
      values: kernel.floats(BLOCK),
      sorted: kernel.floats(most),
      spare: kernel.floats(most),
      counters: kernel.allocate(3 * 2048 * 4),
      upper: kernel.floats(256 * columns.length),
    };
    const edges = columns.map((column, f) =>
      categorical.has(f) ? codesOf(kernel, memory, column) : edgesOf(kernel, memory, column, maxBins, sample),
    );
    const missing = bytes
      ? binBytes(kernel, memory, columns, edges, places)
      : columns.map((column, f) => binInts(column, edges[f]!, places[f]!));
    return {
      rows,
      features: places.map((place, f) => ({
        ...place,
        width: edges[f]!.length,
        missing: missing[f]!,
        categorical: categorical.has(f),
      })),
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

type Place = Pick<BinnedFeature, 'bins' | 'step' | 'low' | 'high'>;

function placesOf(kernel: Kernel, rows: number, features: number, bytes: boolean, packed: boolean): Place[] {
  const packs = packed ? packsOf(kernel, rows, features) : [];
  return Array.from({ length: features }, (_, f) => ({
    ...(packs[f] ?? { bins: bytes ? kernel.bytes(rows) : kernel.ints(rows), step: 1 }),
    low: kernel.floats(bytes ? 257 : rows),
    high: kernel.floats(bytes ? 257 : rows),
  }));
}

/** Whole packs, up to `CHUNK` features together; where there is no feature the bytes are 0. */
function packsOf(kernel: Kernel, rows: number, features: number): Pick<Place, 'bins' | 'step'>[] {
  return Array.from({ length: Math.ceil(features / CHUNK) }, (_, chunk) => {
    const step = Math.ceil(Math.min(CHUNK, features - chunk * CHUNK) / PACKED) * PACKED;
    const { at, view } = kernel.bytes(rows * step);
    view.fill(0);
    return Array.from({ length: step }, (_, k) => ({ bins: { at: at + k, view: view.subarray(k) }, step }));
  }).flat();
}

interface Scratch {
  /** Of a column, and the same rounded. */
  readonly block: Doubles;
  readonly values: Region<Float32Array>;
  readonly sorted: Region<Float32Array>;
  readonly spare: Region<Float32Array>;
  readonly counters: number;
  /** 256 of each feature. */
  readonly upper: Region<Float32Array>;
}

/** Greatest value of each bin, ascending. */
function edgesOf(
  kernel: Kernel,
  memory: Scratch,
  column: Float64Array,
  maxBins: number,
  sample: Int32Array | undefined,
): Float32Array {
  const present = sortedOf(kernel, memory, column, sample);
  const distinct = distinctOf(present, maxBins);
  return distinct.length <= maxBins ? distinct : quantiles(present, maxBins);
}

/** @throws RangeError for too many of them */
function codesOf(kernel: Kernel, memory: Scratch, column: Float64Array): Float32Array {
  const codes = distinctOf(sortedOf(kernel, memory, column, undefined), MAX_BINS);
  if (codes.length > MAX_BINS - 1)
    throw new RangeError(
      `A categorical feature has more than ${MAX_BINS - 1} different codes, which is as many as there may be.`,
    );
  return codes;
}

/** Values as float32 without those that are missing, ascending, in the memory that the next call takes. */
function sortedOf(
  { call }: Kernel,
  { block, sorted, spare, counters }: Scratch,
  column: Float64Array,
  sample: Int32Array | undefined,
): Float32Array {
  let count = sample?.length ?? column.length;
  const { view } = sorted;
  if (sample === undefined)
    for (let from = 0; from < count; from += BLOCK) {
      const part = column.subarray(from, from + BLOCK);
      block.view.set(part);
      call.roundFloats(block.at, part.length, sorted.at + from * 4);
    }
  else for (let i = 0; i < count; i++) view[i] = column[sample[i]!]!;
  call.sortFloats(sorted.at, spare.at, count, counters);
  // NaN sorts last.
  while (count > 0 && Number.isNaN(view[count - 1]!)) count--;
  return view.subarray(0, count);
}

/** Writes bins and their ranges, block by block. @returns of each feature whether a value is missing */
function binBytes(
  { call }: Kernel,
  { block, values, upper }: Scratch,
  columns: readonly Float64Array[],
  edges: readonly Float32Array[],
  places: readonly Place[],
): boolean[] {
  upper.view.fill(Number.POSITIVE_INFINITY);
  edges.forEach((own, f) => upper.view.set(own, f * 256));
  for (const { low, high } of places) {
    low.view.fill(Number.POSITIVE_INFINITY);
    high.view.fill(Number.NEGATIVE_INFINITY);
  }
  const missing = columns.map(() => false);
  const rows = columns[0]?.length ?? 0;
  for (let from = 0; from < rows; from += BLOCK) {
    const end = Math.min(rows, from + BLOCK);
    for (let f = 0; f < columns.length; f++) {
      const { bins, step, low, high } = places[f]!;
      // Faster than `set` between types, which has a slow way.
      block.view.set(columns[f]!.subarray(from, end));
      if (call.roundFloats(block.at, end - from, values.at) !== 0) missing[f] = true;
      const at = bins.at + from * step;
      call.binBytes(values.at, end - from, upper.at + f * 1024, edges[f]!.length, at, step);
      call.rangeOfBins(values.at, end - from, at, step, low.at, high.at);
    }
  }
  return missing;
}

/** A bin for each different value. @returns whether a value is missing */
function binInts(column: Float64Array, distinct: Float32Array, { bins, low, high }: Place): boolean {
  let missing = false;
  for (let row = 0; row < column.length; row++) {
    const value = Math.fround(column[row]!);
    bins.view[row] = binOf(distinct, value);
    if (value !== value) missing = true;
  }
  low.view.set(distinct);
  high.view.set(distinct);
  return missing;
}

/** One row of each of as many equal stretches, drawn at random: the same on every machine. */
function sampled(kernel: Kernel, rows: number): Int32Array {
  const random = new Random(0);
  const { view } = kernel.ints(SAMPLED);
  for (let i = 0; i < SAMPLED; i++) view[i] = Math.floor(((i + random.uniform()) * rows) / SAMPLED);
  return view;
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
