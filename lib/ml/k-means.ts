/**
 * k-means: S. Lloyd, "Least squares quantization in PCM", 1982, from centres chosen by D. Arthur and S. Vassilvitskii,
 * "k-means++", SODA 2007, each the best of 2 + ⌊ln k⌋ candidates as in scikit-learn.
 */
import { checkComplete } from './check-input';
import { withKernel } from './kernel/kernel';
import { KMeansRows } from './k-means-rows';
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
  const weight = rowWeights(x.rows, options);
  const random = new Random(options.seed ?? 0);
  const variance =
    x.columns.reduce((sum, column) => sum + varianceOf(column), 0) / Math.max(1, x.columns.length);
  const limits = { maxIter: options.maxIter ?? 300, tol: (options.tol ?? 1e-4) * variance };
  return withKernel(1, (kernel) => {
    const rows = new KMeansRows(kernel, x, k, weight);
    let best: KMeansModel | undefined;
    const starts = options.init === undefined ? (options.nInit ?? 10) : 1;
    for (let start = 0; start < starts; start++) {
      if (options.init === undefined) plusPlus(rows, k, random);
      else options.init.forEach((centre, c) => rows.setCentre(c, centre));
      const model = lloyd(rows, k, limits);
      if (best === undefined || model.inertia < best.inertia) best = model;
    }
    if (best === undefined) throw new RangeError('`nInit` must be at least 1.');
    return best;
  });
}

/** Number of the nearest centre for each row. */
export function predictKMeans(model: KMeansModel, x: Matrix): Int32Array {
  return withKernel(1, (kernel) => {
    const rows = new KMeansRows(kernel, x, model.centres.length);
    model.centres.forEach((centre, c) => rows.setCentre(c, centre));
    return rows.assign().labels.slice();
  });
}

interface Limits {
  readonly maxIter: number;
  readonly tol: number;
}

function lloyd(rows: KMeansRows, k: number, limits: Limits): KMeansModel {
  rows.start();
  let iterations = 0;
  let moves: Float64Array = new Float64Array(k);
  while (iterations < limits.maxIter) {
    iterations++;
    const changed = rows.reassign(moves);
    rows.fillEmpty();
    moves = rows.moveCentres();
    if (changed === 0 || moves.reduce((sum, move) => sum + move * move, 0) <= limits.tol) break;
  }
  const { distances } = rows.assign();
  const weights = rows.weights.view;
  let inertia = 0;
  for (let row = 0; row < distances.length; row++) inertia += distances[row]! * weights[row]!;
  return {
    algorithm: 'k-means',
    centres: Array.from({ length: k }, (_, c) => rows.centre(c)),
    inertia,
    iterations,
  };
}

function plusPlus(rows: KMeansRows, k: number, random: Random): void {
  const weights = rows.weights.view;
  const nearest = rows.forgetCentres();
  const take = (c: number, row: number) => {
    rows.setCentre(c, rows.row(row));
    rows.comeNearer(c, true);
  };
  take(0, drawn(weights, undefined, random));
  const trials = 2 + Math.floor(Math.log(k));
  for (let c = 1; c < k; c++) {
    let best: { row: number; sum: number } | undefined;
    for (let trial = 0; trial < trials; trial++) {
      const row = drawn(weights, nearest, random);
      rows.setCentre(c, rows.row(row));
      const sum = rows.comeNearer(c, false);
      if (best === undefined || sum < best.sum) best = { row, sum };
    }
    if (best !== undefined) take(c, best.row);
  }
}

/** A row with a chance in proportion to its weight, times its distance. */
function drawn(weights: Float64Array, distances: Float64Array | undefined, random: Random): number {
  const share = (row: number) => (distances === undefined ? 1 : distances[row]!) * weights[row]!;
  let total = 0;
  for (let row = 0; row < weights.length; row++) total += share(row);
  let rest = random.uniform() * total;
  for (let row = 0; row < weights.length; row++) {
    rest -= share(row);
    if (rest < 0) return row;
  }
  return weights.length - 1;
}

/** By loops: a callback for each value would leave its sums behind as objects. */
function varianceOf(column: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < column.length; row++) sum += column[row]!;
  const mean = sum / column.length;
  let squares = 0;
  for (let row = 0; row < column.length; row++) squares += (column[row]! - mean) ** 2;
  return squares / column.length;
}
