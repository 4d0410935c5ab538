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
  const weight = rowWeights(x.rows, options) ?? new Float64Array(x.rows).fill(1);
  const random = new Random(options.seed ?? 0);
  const variance =
    x.columns.reduce((sum, column) => sum + varianceOf(column), 0) / Math.max(1, x.columns.length);
  const limits = { maxIter: options.maxIter ?? 300, tol: (options.tol ?? 1e-4) * variance };
  return withKernel(1, (kernel) => {
    const rows = new KMeansRows(kernel, x, k, weight);
    let best: KMeansModel | undefined;
    const starts = options.init === undefined ? (options.nInit ?? 10) : 1;
    for (let start = 0; start < starts; start++) {
      if (options.init === undefined) plusPlus(rows, weight, k, random);
      else options.init.forEach((centre, c) => rows.setCentre(c, centre));
      const model = lloyd(rows, weight, k, limits);
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

function lloyd(rows: KMeansRows, weight: Float64Array, k: number, limits: Limits): KMeansModel {
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
  return {
    algorithm: 'k-means',
    centres: Array.from({ length: k }, (_, c) => rows.centre(c)),
    inertia: distances.reduce((sum, d, row) => sum + d * weight[row]!, 0),
    iterations,
  };
}

function plusPlus(rows: KMeansRows, weight: Float64Array, k: number, random: Random): void {
  let nearest: Float64Array = new Float64Array(weight.length).fill(Number.POSITIVE_INFINITY);
  const take = (c: number, row: number) => {
    rows.setCentre(c, rows.row(row));
    nearest = rows.nearer(nearest, c).distances;
  };
  take(0, drawn(weight, random));
  const trials = 2 + Math.floor(Math.log(k));
  for (let c = 1; c < k; c++) {
    const potential = nearest.map((d, row) => d * weight[row]!);
    let best: { row: number; sum: number } | undefined;
    for (let trial = 0; trial < trials; trial++) {
      const row = drawn(potential, random);
      rows.setCentre(c, rows.row(row));
      const { sum } = rows.nearer(nearest, c);
      if (best === undefined || sum < best.sum) best = { row, sum };
    }
    if (best !== undefined) take(c, best.row);
  }
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

function varianceOf(column: Float64Array): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length;
}
