/**
 * Weighted least squares with an elastic-net penalty, one coefficient after the other: J. Friedman, T. Hastie and
 * R. Tibshirani, "Regularization paths for generalized linear models via coordinate descent", JSS 33, 2010 (eq. 5, 10).
 *
 * Minimises ½ Σ vᵢ rᵢ² + l1 · Σ|wⱼ| + ½ l2 · Σ wⱼ²; the intercept is free of the penalty.
 */
import type { Gram } from './gram';

export interface CoordinateProblem {
  readonly columns: readonly Float64Array[];
  /** Weight of each row. */
  readonly v: Float64Array;
  /** Target less prediction at the starting point; kept up to date. */
  readonly residual: Float64Array;
  /** The starting point, then the solution: coefficients and, last, the intercept. */
  readonly weights: Float64Array;
  readonly l1: number;
  readonly l2: number;
  readonly fitIntercept: boolean;
  readonly maxSweeps: number;
  /** Ends when the largest step is at most this share of the largest coefficient. */
  readonly tol: number;
}

/** The same problem without an intercept, by the products of the columns: their "covariance updates" (section 2.2). */
export function descendByGram(
  { matrix, products }: Gram,
  weights: Float64Array,
  { l1, l2, maxSweeps, tol }: Pick<CoordinateProblem, 'l1' | 'l2' | 'maxSweeps' | 'tol'>,
): number {
  const product = (i: number, j: number) => (j <= i ? matrix[i]![j]! : matrix[j]![i]!);
  // Of each column with the residual.
  const slopes = products.map(
    (value, f) => value - weights.reduce((sum, w, k) => sum + w * product(f, k), 0),
  );
  for (let sweep = 1; sweep <= maxSweeps; sweep++) {
    let largestStep = 0;
    let largest = 0;
    for (let f = 0; f < weights.length; f++) {
      const d = product(f, f);
      if (d === 0) continue;
      const old = weights[f]!;
      const next = shrunk(slopes[f]! + d * old, l1) / (d + l2);
      const step = next - old;
      if (step !== 0) {
        weights[f] = next;
        for (let k = 0; k < weights.length; k++) slopes[k]! -= step * product(k, f);
      }
      largestStep = Math.max(largestStep, Math.abs(step));
      largest = Math.max(largest, Math.abs(next));
    }
    if (largestStep <= tol * largest || largest === 0) return sweep;
  }
  return maxSweeps;
}

/** Nearer to 0 by `l1`, at most to it. */
function shrunk(target: number, l1: number): number {
  return Math.sign(target) * Math.max(0, Math.abs(target) - l1);
}

/** Returns the number of sweeps. */
export function descend(problem: CoordinateProblem): number {
  const { columns, v, residual, weights, l1, l2, maxSweeps, tol } = problem;
  const rows = residual.length;
  let total = 0;
  for (let row = 0; row < rows; row++) total += v[row]!;
  const curvature = columns.map((column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += v[row]! * column[row]! * column[row]!;
    return sum;
  });
  const intercept = columns.length;
  for (let sweep = 1; sweep <= maxSweeps; sweep++) {
    let largestStep = 0;
    let largest = 0;
    for (let f = 0; f < columns.length; f++) {
      const column = columns[f]!;
      const d = curvature[f]!;
      if (d === 0) continue;
      let slope = 0;
      for (let row = 0; row < rows; row++) slope += v[row]! * column[row]! * residual[row]!;
      const old = weights[f]!;
      const target = slope + d * old;
      const next = shrunk(target, l1) / (d + l2);
      const step = next - old;
      if (step !== 0) {
        weights[f] = next;
        for (let row = 0; row < rows; row++) residual[row]! -= step * column[row]!;
      }
      largestStep = Math.max(largestStep, Math.abs(step));
      largest = Math.max(largest, Math.abs(next));
    }
    if (problem.fitIntercept) {
      let slope = 0;
      for (let row = 0; row < rows; row++) slope += v[row]! * residual[row]!;
      const step = slope / total;
      weights[intercept]! += step;
      for (let row = 0; row < rows; row++) residual[row]! -= step;
      largestStep = Math.max(largestStep, Math.abs(step));
      largest = Math.max(largest, Math.abs(weights[intercept]!));
    }
    if (largestStep <= tol * largest || largest === 0) return sweep;
  }
  return maxSweeps;
}
