/**
 * The upper factor R of a QR decomposition, of rows that come block by block: each block is turned into the factor of
 * those before it by Householder's reflections, which leave the zeros below it alone (J. Demmel et al.,
 * "Communication-optimal parallel and sequential QR and LU factorizations", SIAM J. Sci. Comput. 2012, 4).
 */
import { centreColumn } from './centre';
import { dotFour, dotOne } from './dot';

/** Rows that all columns go through at a time, so that they stay in the first two caches. Even. */
const BLOCK = 512;

/**
 * Centres columns in place and adds their rows to the factor. The last column, the target, is turned with the others.
 * @param x columns of float64, `stride` rows each: an even number
 * @param centres float64 of each column @param roots float64 that each row is multiplied by, or 0 for none
 * @param factor columns² of float64, column by column; zeros before the first block @param sums room for 64 bytes
 */
export function addToTriangle(
  x: usize,
  columns: i32,
  stride: usize,
  rows: i32,
  centres: usize,
  roots: usize,
  factor: usize,
  sums: usize,
): void {
  const column = stride << 3;
  for (let row = 0; row < rows; row += BLOCK) {
    const count = min(BLOCK, rows - row);
    const from = x + (<usize>row << 3);
    const own = roots === 0 ? 0 : roots + (<usize>row << 3);
    for (let i = 0; i < columns; i++)
      centreColumn(from + <usize>i * column, count, centres + (<usize>i << 3), own);
    const bytes = <usize>((count + 1) & ~1) << 3;
    for (let i = 0; i < columns - 1; i++)
      reflect(from + <usize>i * column, column, bytes, columns - 1 - i, factor, i, columns, sums);
  }
}

/** Turns a column into the diagonal of the factor, and those after it with it. */
function reflect(
  own: usize,
  column: usize,
  bytes: usize,
  others: i32,
  factor: usize,
  i: i32,
  columns: i32,
  sums: usize,
): void {
  memory.fill(sums, 0, 16);
  dotOne(own, own, sums, bytes);
  const size = both(sums);
  const line = <usize>columns << 3;
  let cell = factor + <usize>i * line + (<usize>i << 3);
  const head = load<f64>(cell);
  const norm = Math.sqrt(head * head + size);
  const first = head < 0 ? head - norm : head + norm;
  const scale = 2 / (first * first + size);
  // Nothing to turn, or too little.
  if (size === 0 || !(scale < Infinity)) return;
  store<f64>(cell, head < 0 ? norm : -norm);
  let other = own + column;
  let left = others;
  while (left > 0) {
    const some = left >= 4 ? 4 : 1;
    memory.fill(sums, 0, 64);
    if (some === 4) dotFour(own, other, column, sums, bytes);
    else dotOne(own, other, sums, bytes);
    for (let k = 0; k < some; k++, other += column) {
      cell += line;
      const share = (both(sums + (<usize>k << 4)) + first * load<f64>(cell)) * scale;
      store<f64>(cell, load<f64>(cell) - share * first);
      const shares = f64x2.splat(share);
      for (let at: usize = 0; at < bytes; at += 16)
        v128.store(other + at, f64x2.sub(v128.load(other + at), f64x2.mul(shares, v128.load(own + at))));
    }
    left -= some;
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function both(sums: usize): f64 {
  return load<f64>(sums) + load<f64>(sums, 8);
}
