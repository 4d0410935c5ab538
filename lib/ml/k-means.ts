/**
 * k-means: S. Lloyd, "Least squares quantization in PCM", 1982, from centres chosen by D. Arthur and S. Vassilvitskii,
 * "k-means++", SODA 2007, each the best of 2 + ⌊ln k⌋ candidates as in scikit-learn.
 */
import { checkComplete } from './check-input';
import type { Matrix } from './matrix';
import { Random } from './random';
import { rowWeights, type WeightOptions } from './sample-weight';

export interface KMeansOptions extends WeightOptions {
  /** @default 8 */
  readonly nClusters?: number;
  /** First centres, each with one number per feature. @default chosen by k-means++ */
  readonly init?: readonly (readonly number[])[] | undefined;
  /** Starts, of which the one with the least inertia counts; 1 with `init`. @default 10 */
  readonly nInit?: number;
  /** @default 300 */
  readonly maxIter?: number;
  /** Ends when the centres move less than this share of the features' mean variance. @default 1e-4 */
  readonly tol?: number;
  /** @default 0 */
  readonly seed?: number;
}

export interface KMeansModel {
  readonly algorithm: 'k-means';
  /** Per cluster, per feature. */
  readonly centres: readonly (readonly number[])[];
  /** Weighted sum of squared distances of the training rows to their centres. */
  readonly inertia: number;
  readonly iterations: number;
}

/** @throws RangeError for fewer rows than clusters or weights that do not fit */
export function fitKMeans(x: Matrix, options: KMeansOptions = {}): KMeansModel {
  const k = options.init?.length ?? options.nClusters ?? 8;
  checkComplete(x);
  if (x.rows < k) throw new RangeError(`${k} clusters are asked of ${x.rows} rows.`);
  const weight = rowWeights(x.rows, options) ?? new Float64Array(x.rows).fill(1);
  const random = new Random(options.seed ?? 0);
  const rows = rowMajor(x);
  const width = x.columns.length;
  const variance = x.columns.reduce((sum, column) => sum + varianceOf(column), 0) / Math.max(1, width);
  const limits = { maxIter: options.maxIter ?? 300, tol: (options.tol ?? 1e-4) * variance };
  let best: KMeansModel | undefined;
  const starts = options.init === undefined ? (options.nInit ?? 10) : 1;
  for (let start = 0; start < starts; start++) {
    const first =
      options.init === undefined
        ? plusPlus(rows, width, weight, k, random)
        : Float64Array.from(options.init.flat());
    const model = lloyd(rows, width, weight, first, limits);
    if (best === undefined || model.inertia < best.inertia) best = model;
  }
  if (best === undefined) throw new RangeError('`nInit` must be at least 1.');
  return best;
}

/** Number of the nearest centre for each row. */
export function predictKMeans(model: KMeansModel, x: Matrix): Int32Array {
  const centres = Float64Array.from(model.centres.flat());
  const labels = new Int32Array(x.rows);
  assign(rowMajor(x), x.columns.length, centres, labels, new Float64Array(x.rows));
  return labels;
}

interface Limits {
  readonly maxIter: number;
  readonly tol: number;
}

function lloyd(
  rows: Float64Array,
  width: number,
  weight: Float64Array,
  centres: Float64Array,
  limits: Limits,
): KMeansModel {
  const labels = new Int32Array(weight.length);
  const distance = new Float64Array(weight.length);
  // Of each row: at most so far from its centre, at least so far from every other (G. Hamerly, "Making k-means even
  // faster", SDM 2010). Rows whose bounds stay apart keep their centre unseen.
  const upper = new Float64Array(weight.length).fill(Number.POSITIVE_INFINITY);
  const lower = new Float64Array(weight.length);
  let iterations = 0;
  while (iterations < limits.maxIter) {
    iterations++;
    const changed = reassign(rows, width, centres, labels, upper, lower);
    const before = centres.slice();
    const moved = moveCentres(rows, width, weight, centres, labels, upper);
    if (!changed || moved <= limits.tol) break;
    loosen(before, centres, width, labels, upper, lower);
  }
  assign(rows, width, centres, labels, distance);
  const k = centres.length / width;
  return {
    algorithm: 'k-means',
    centres: Array.from({ length: k }, (_, c) => [...centres.subarray(c * width, (c + 1) * width)]),
    inertia: distance.reduce((sum, d, row) => sum + d * weight[row]!, 0),
    iterations,
  };
}

/** The nearest centre of each row whose bounds leave it open. Returns whether a row changed its centre. */
function reassign(
  rows: Float64Array,
  width: number,
  centres: Float64Array,
  labels: Int32Array,
  upper: Float64Array,
  lower: Float64Array,
): boolean {
  const k = centres.length / width;
  const half = new Float64Array(k).fill(Number.POSITIVE_INFINITY);
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++)
      if (a !== b)
        half[a] = Math.min(half[a]!, Math.sqrt(squared(centres, a * width, centres, b * width, width)) / 2);
  let changed = false;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const bound = Math.max(half[label]!, lower[row]!);
    if (upper[row]! < bound) continue;
    upper[row] = Math.sqrt(squared(rows, row * width, centres, label * width, width));
    if (upper[row]! < bound) continue;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (let c = 0; c < k; c++) {
      const d = squared(rows, row * width, centres, c * width, width);
      if (d < least) {
        second = least;
        least = d;
        best = c;
      } else if (d < second) second = d;
    }
    if (best !== label) changed = true;
    labels[row] = best;
    upper[row] = Math.sqrt(least);
    lower[row] = Math.sqrt(second);
  }
  return changed;
}

/** What the centres' moves leave of the bounds. */
function loosen(
  before: Float64Array,
  centres: Float64Array,
  width: number,
  labels: Int32Array,
  upper: Float64Array,
  lower: Float64Array,
): void {
  const moves = Float64Array.from({ length: centres.length / width }, (_, c) =>
    Math.sqrt(squared(before, c * width, centres, c * width, width)),
  );
  const farthest = moves.reduce((a, b) => Math.max(a, b), 0);
  for (let row = 0; row < labels.length; row++) {
    upper[row]! += moves[labels[row]!]!;
    lower[row]! -= farthest;
  }
}

function assign(
  rows: Float64Array,
  width: number,
  centres: Float64Array,
  labels: Int32Array,
  distance: Float64Array,
): void {
  for (let row = 0; row < labels.length; row++) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let c = 0; c * width < centres.length; c++) {
      const d = squared(rows, row * width, centres, c * width, width);
      if (d < least) {
        least = d;
        best = c;
      }
    }
    labels[row] = best;
    distance[row] = least;
  }
}

/** Returns the sum of squared moves. A cluster without rows takes the row farthest from its centre. */
function moveCentres(
  rows: Float64Array,
  width: number,
  weight: Float64Array,
  centres: Float64Array,
  labels: Int32Array,
  upper: Float64Array,
): number {
  const sums = new Float64Array(centres.length);
  const totals = new Float64Array(centres.length / width);
  const take = (row: number, c: number, sign: number) => {
    const w = weight[row]! * sign;
    totals[c]! += w;
    for (let f = 0; f < width; f++) sums[c * width + f]! += w * rows[row * width + f]!;
  };
  for (let row = 0; row < labels.length; row++) take(row, labels[row]!, 1);
  totals.forEach((total, c) => {
    if (total > 0) return;
    let farthest = 0;
    let most = -1;
    for (let row = 0; row < labels.length; row++) {
      const d = weight[row]! > 0 ? squared(rows, row * width, centres, labels[row]! * width, width) : -1;
      if (d > most && totals[labels[row]!]! > weight[row]!) {
        most = d;
        farthest = row;
      }
    }
    take(farthest, labels[farthest]!, -1);
    labels[farthest] = c;
    upper[farthest] = Number.POSITIVE_INFINITY;
    take(farthest, c, 1);
  });
  let moved = 0;
  for (let i = 0; i < centres.length; i++) {
    const next = sums[i]! / totals[Math.floor(i / width)]!;
    moved += (next - centres[i]!) ** 2;
    centres[i] = next;
  }
  return moved;
}

function plusPlus(
  rows: Float64Array,
  width: number,
  weight: Float64Array,
  k: number,
  random: Random,
): Float64Array {
  const count = weight.length;
  const centres = new Float64Array(k * width);
  const copy = (c: number, row: number) =>
    centres.set(rows.subarray(row * width, (row + 1) * width), c * width);
  copy(0, drawn(weight, random));
  let nearest = distances(rows, width, count, centres, 0);
  const trials = 2 + Math.floor(Math.log(k));
  for (let c = 1; c < k; c++) {
    const potential = nearest.map((d, row) => d * weight[row]!);
    let best: { row: number; nearest: Float64Array; sum: number } | undefined;
    for (let trial = 0; trial < trials; trial++) {
      const row = drawn(potential, random);
      copy(c, row);
      const to = distances(rows, width, count, centres, c);
      let sum = 0;
      for (let i = 0; i < count; i++) {
        to[i] = Math.min(to[i]!, nearest[i]!);
        sum += to[i]! * weight[i]!;
      }
      if (best === undefined || sum < best.sum) best = { row, nearest: to, sum };
    }
    if (best === undefined) break;
    copy(c, best.row);
    nearest = best.nearest;
  }
  return centres;
}

/** A row with a chance in proportion to its share. */
function drawn(shares: Float64Array, random: Random): number {
  let rest = random.uniform() * shares.reduce((a, b) => a + b, 0);
  for (let row = 0; row < shares.length; row++) {
    rest -= shares[row]!;
    if (rest < 0) return row;
  }
  return shares.length - 1;
}

function distances(
  rows: Float64Array,
  width: number,
  count: number,
  centres: Float64Array,
  c: number,
): Float64Array {
  return Float64Array.from({ length: count }, (_, row) =>
    squared(rows, row * width, centres, c * width, width),
  );
}

function squared(a: Float64Array, atA: number, b: Float64Array, atB: number, width: number): number {
  let sum = 0;
  for (let f = 0; f < width; f++) {
    const gap = a[atA + f]! - b[atB + f]!;
    sum += gap * gap;
  }
  return sum;
}

function rowMajor(x: Matrix): Float64Array {
  const width = x.columns.length;
  const rows = new Float64Array(x.rows * width);
  x.columns.forEach((column, f) => {
    for (let row = 0; row < x.rows; row++) rows[row * width + f] = column[row]!;
  });
  return rows;
}

function varianceOf(column: Float64Array): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
}
