/**
 * Least squares by Householder QR with column pivoting; of many solutions the shortest, by a second QR of the upper
 * factor (the complete orthogonal decomposition: G. Golub and C. Van Loan, "Matrix Computations", 4th ed., 5.4.7).
 */
import type { Gram } from './gram';

/** Relative size below which a pivot counts as 0. */
const EPSILON = 2 ** -52;

/**
 * @param columns the matrix, column by column, n values each @param target n values
 * @param stoodFor rows of the matrix whose upper factor this is @default n
 * @returns one coefficient per column
 */
export function leastSquares(
  columns: readonly Float64Array[],
  target: Float64Array,
  stoodFor = target.length,
): Float64Array {
  const a = columns.map((column) => Float64Array.from(column));
  const b = Float64Array.from(target);
  const width = a.length;
  const rows = b.length;
  const order = a.map((_, f) => f);
  let rank = 0;
  let greatest = 0;
  for (; rank < Math.min(width, rows); rank++) {
    let pivot = rank;
    let best = -1;
    for (let f = rank; f < width; f++) {
      const size = norm(a[f]!, rank);
      if (size > best) {
        best = size;
        pivot = f;
      }
    }
    if (rank === 0) greatest = best;
    if (best <= greatest * EPSILON * Math.max(stoodFor, width) || best === 0) break;
    [a[rank], a[pivot]] = [a[pivot]!, a[rank]!];
    [order[rank], order[pivot]] = [order[pivot]!, order[rank]!];
    const reflector = householder(a[rank]!, rank);
    for (let f = rank; f < width; f++) reflect(a[f]!, reflector, rank);
    reflect(b, reflector, rank);
  }
  // The rows of the upper factor, turned so that row i ends at coordinate i; what lies beyond stays 0.
  const rowsOfR = Array.from({ length: rank }, (_, i) =>
    Float64Array.from({ length: width }, (_, f) => (f < i ? 0 : a[f]![i]!)),
  );
  const reflectors: Float64Array[] = [];
  for (let i = 0; i < rank; i++) {
    const reflector = householder(rowsOfR[i]!, i);
    for (let j = i; j < rank; j++) reflect(rowsOfR[j]!, reflector, i);
    reflectors.push(reflector);
  }
  const turned = new Float64Array(width);
  for (let i = 0; i < rank; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= rowsOfR[i]![k]! * turned[k]!;
    turned[i] = sum / rowsOfR[i]![i]!;
  }
  for (let i = rank - 1; i >= 0; i--) reflect(turned, reflectors[i]!, i);
  const result = new Float64Array(width);
  order.forEach((f, i) => (result[f] = turned[i]!));
  return result;
}

/**
 * Solves (XᵀX + alpha I) w = Xᵀy by Cholesky's factor.
 * @throws RangeError when the matrix is not positive definite
 */
export function ridgeSolve({ matrix, products }: Gram, alpha: number): Float64Array {
  const width = products.length;
  const factor = matrix.map((row, i) => row.map((value, j) => value + (i === j ? alpha : 0)));
  const solution = Float64Array.from(products);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = factor[i]![j]!;
      for (let k = 0; k < j; k++) sum -= factor[i]![k]! * factor[j]![k]!;
      if (i > j) factor[i]![j] = sum / factor[j]![j]!;
      else if (sum > 0) factor[i]![i] = Math.sqrt(sum);
      else throw new RangeError('The features are linearly dependent: ridge needs an alpha above 0.');
    }
    let sum = solution[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i]![k]! * solution[k]!;
    solution[i] = sum / factor[i]![i]!;
  }
  for (let i = width - 1; i >= 0; i--) {
    let sum = solution[i]!;
    for (let k = i + 1; k < width; k++) sum -= factor[k]![i]! * solution[k]!;
    solution[i] = sum / factor[i]![i]!;
  }
  return solution;
}

function norm(vector: Float64Array, from: number): number {
  let sum = 0;
  for (let i = from; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  return Math.sqrt(sum);
}

/** The vector whose reflection turns `column` from `at` on into a multiple of the first unit vector. */
function householder(column: Float64Array, at: number): Float64Array {
  const reflector = Float64Array.from(column);
  reflector.fill(0, 0, at);
  reflector[at]! += (column[at]! < 0 ? -1 : 1) * norm(column, at);
  const size = norm(reflector, at);
  return size === 0 ? reflector : reflector.map((value) => value / size);
}

function reflect(vector: Float64Array, reflector: Float64Array, at: number): void {
  let sum = 0;
  for (let i = at; i < vector.length; i++) sum += vector[i]! * reflector[i]!;
  for (let i = at; i < vector.length; i++) vector[i]! -= 2 * sum * reflector[i]!;
}
