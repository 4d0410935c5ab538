/** Columns of a block made ready for least squares. */

/**
 * Takes its mean from a column and multiplies each row by a factor, in place. What lies behind an odd number of rows
 * becomes 0. @param centre address of the mean @param roots factors, or 0 for none
 */
export function centreColumn(column: usize, rows: i32, centre: usize, roots: usize): void {
  const bytes = <usize>((rows + 1) & ~1) << 3;
  const mean = v128.load_splat<f64>(centre);
  for (let at: usize = 0; at < bytes; at += 16)
    v128.store(column + at, f64x2.sub(v128.load(column + at), mean));
  if (roots !== 0)
    for (let at: usize = 0; at < bytes; at += 16)
      v128.store(column + at, f64x2.mul(v128.load(column + at), v128.load(roots + at)));
  // What lies behind the rows is nobody's.
  if ((rows & 1) === 1) store<f64>(column + (<usize>rows << 3), 0);
}
