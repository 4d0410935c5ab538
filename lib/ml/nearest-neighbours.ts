/**
 * The k nearest training rows, by comparing with all of them: O(training rows × features) per predicted row. Neighbours
 * at the same distance count in the order of the training rows. Missing values are not allowed.
 */
import { checkClasses, checkComplete, checkNumbers, checkTarget } from './check-input';
import type { Matrix } from './matrix';

export interface NeighboursOptions {
  /** @default 5 */
  readonly nNeighbors?: number;
  /** 'distance': each neighbour counts by 1 / distance; one at distance 0 decides alone. @default 'uniform' */
  readonly weights?: 'uniform' | 'distance';
  /** @default 'euclidean' */
  readonly metric?: 'euclidean' | 'manhattan';
}

interface Memory {
  readonly options: Required<NeighboursOptions>;
  /** Training features, column by column. */
  readonly columns: readonly Float64Array[];
  readonly y: Int32Array | Float64Array;
}

export interface NeighboursModel extends Memory {
  readonly algorithm: 'nearest-neighbours';
  readonly y: Int32Array;
  readonly classes: number;
}

export interface NeighboursRegressorModel extends Memory {
  readonly algorithm: 'nearest-neighbours-regressor';
  readonly y: Float64Array;
}

/** @param y class numbers from 0, one per row @throws RangeError when there are fewer rows than neighbours */
export function fitNeighbours(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: NeighboursOptions = {},
): NeighboursModel {
  checkTarget(x, y);
  checkClasses(y, classes);
  return { algorithm: 'nearest-neighbours', ...remember(x, options), y: y.slice(), classes };
}

/** @param y numbers, one per row @throws RangeError when there are fewer rows than neighbours */
export function fitNeighboursRegressor(
  x: Matrix,
  y: Float64Array,
  options: NeighboursOptions = {},
): NeighboursRegressorModel {
  checkTarget(x, y);
  checkNumbers(y);
  return { algorithm: 'nearest-neighbours-regressor', ...remember(x, options), y: y.slice() };
}

/** Share of each class among the neighbours: one array of rows per class. */
export function predictNeighboursProba(model: NeighboursModel, x: Matrix): Float64Array[] {
  const result = Array.from({ length: model.classes }, () => new Float64Array(x.rows));
  eachNeighbour(model, x, (row, neighbour, share) => (result[model.y[neighbour]!]![row]! += share));
  return result;
}

/** Mean of the neighbours: one number per row. */
export function predictNeighbours(model: NeighboursRegressorModel, x: Matrix): Float64Array {
  const result = new Float64Array(x.rows);
  eachNeighbour(model, x, (row, neighbour, share) => (result[row]! += share * model.y[neighbour]!));
  return result;
}

function remember(x: Matrix, options: NeighboursOptions): Omit<Memory, 'y'> {
  checkComplete(x);
  const { nNeighbors = 5, weights = 'uniform', metric = 'euclidean' } = options;
  if (nNeighbors > x.rows)
    throw new RangeError(`${nNeighbors} neighbours are asked of ${x.rows} training rows.`);
  return {
    options: { nNeighbors, weights, metric },
    columns: x.columns.map((column) => column.slice()),
  };
}

function eachNeighbour(
  model: Memory,
  x: Matrix,
  visit: (row: number, neighbour: number, share: number) => void,
): void {
  const { nNeighbors, weights, metric } = model.options;
  nearestRows(model.columns, x.columns, { k: nNeighbors, metric }, (row, nearest, distance) => {
    const shareOf = (i: number) => {
      const d = metric === 'euclidean' ? Math.sqrt(distance[i]!) : distance[i]!;
      return weights === 'uniform' ? 1 : 1 / d;
    };
    const exact = weights === 'distance' && nearest.some((i) => distance[i] === 0);
    const shares = Array.from(nearest, (i) => (exact ? (distance[i] === 0 ? 1 : 0) : shareOf(i)));
    const sum = shares.reduce((a, b) => a + b, 0);
    nearest.forEach((neighbour, k) => visit(row, neighbour, shares[k]! / sum));
  });
}

/**
 * Visits each row with the `k` nearest of the points, nearest first, and the distances of all points: squared ones when
 * they are Euclidean. Both arrays are used again for the next row.
 * @param points column by column, as are the rows
 */
export function nearestRows(
  points: readonly Float64Array[],
  rows: readonly Float64Array[],
  { k, metric }: { readonly k: number; readonly metric: 'euclidean' | 'manhattan' },
  visit: (row: number, nearest: Int32Array, distance: Float64Array) => void,
): void {
  const count = points[0]?.length ?? 0;
  const distance = new Float64Array(count);
  const nearest = new Int32Array(k);
  for (let row = 0; row < (rows[0]?.length ?? 0); row++) {
    distance.fill(0);
    points.forEach((column, f) => {
      const here = rows[f]![row]!;
      if (metric === 'manhattan') for (let i = 0; i < count; i++) distance[i]! += Math.abs(column[i]! - here);
      else
        for (let i = 0; i < count; i++) {
          const gap = column[i]! - here;
          distance[i]! += gap * gap;
        }
    });
    keepNearest(distance, nearest);
    visit(row, nearest, distance);
  }
}

/** Fills `nearest` with the rows of the least distances, ascending. */
function keepNearest(distance: Float64Array, nearest: Int32Array): void {
  let kept = 0;
  for (let i = 0; i < distance.length; i++) {
    const d = distance[i]!;
    if (kept === nearest.length && d >= distance[nearest[kept - 1]!]!) continue;
    let at = kept < nearest.length ? kept++ : kept - 1;
    for (; at > 0 && distance[nearest[at - 1]!]! > d; at--) nearest[at] = nearest[at - 1]!;
    nearest[at] = i;
  }
}
