/** Scalar products of columns, two rows at a time. */

/** Adds the products of one column with four others, `column` bytes apart, to two sums of each. */
export function dotFour(residuals: usize, a: usize, column: usize, sums: usize, bytes: usize): void {
  const b = a + column;
  const c = b + column;
  const d = c + column;
  let sa = v128.load(sums);
  let sb = v128.load(sums, 16);
  let sc = v128.load(sums, 32);
  let sd = v128.load(sums, 48);
  for (let at: usize = 0; at < bytes; at += 16) {
    const r = v128.load(residuals + at);
    sa = f64x2.add(sa, f64x2.mul(r, v128.load(a + at)));
    sb = f64x2.add(sb, f64x2.mul(r, v128.load(b + at)));
    sc = f64x2.add(sc, f64x2.mul(r, v128.load(c + at)));
    sd = f64x2.add(sd, f64x2.mul(r, v128.load(d + at)));
  }
  v128.store(sums, sa);
  v128.store(sums, sb, 16);
  v128.store(sums, sc, 32);
  v128.store(sums, sd, 48);
}

/** Adds the product of two columns to two sums. */
export function dotOne(residuals: usize, a: usize, sum: usize, bytes: usize): void {
  let s = v128.load(sum);
  for (let at: usize = 0; at < bytes; at += 16)
    s = f64x2.add(s, f64x2.mul(v128.load(residuals + at), v128.load(a + at)));
  v128.store(sum, s);
}
