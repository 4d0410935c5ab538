/** Products of all columns with each other, for least squares. */
import { centreColumn } from './centre';
import { dotFour, dotOne } from './dot';

/** Rows that all columns go through at a time, so that they stay in the first two caches. Even. */
const BLOCK = 512;

/**
 * Centres columns in place and adds the products of each with those up to it to what there is of them.
 * @param x columns of float64, `stride` rows each: an even number
 * @param centres float64 of each column @param roots float64 that each row is multiplied by, or 0 for none
 * @param sums columns² pairs of float64, whose sums are meant, row by row; only those below the diagonal and on it
 */
export function addGram(
  x: usize,
  columns: i32,
  stride: usize,
  rows: i32,
  centres: usize,
  roots: usize,
  sums: usize,
): void {
  const column = stride << 3;
  for (let row = 0; row < rows; row += BLOCK) {
    const count = min(BLOCK, rows - row);
    const bytes = <usize>((count + 1) & ~1) << 3;
    const from = x + (<usize>row << 3);
    for (let i = 0; i < columns; i++) {
      const own = from + <usize>i * column;
      centreColumn(own, count, centres + (<usize>i << 3), roots === 0 ? 0 : roots + (<usize>row << 3));
      const line = sums + (<usize>(i * columns) << 4);
      let j = 0;
      for (; j + 3 <= i; j += 4) dotFour(own, from + <usize>j * column, column, line + (<usize>j << 4), bytes);
      for (; j <= i; j++) dotOne(own, from + <usize>j * column, line + (<usize>j << 4), bytes);
    }
  }
}
