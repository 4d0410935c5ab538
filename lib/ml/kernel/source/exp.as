/** Exponential and logarithm of two numbers at once, to an ulp or two. */

const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
/** Added to a small number it leaves that number, rounded to a whole one, in the lowest bits. */
const ROUNDER: f64 = 6755399441055744;

/** e to the power of x: W. Cody and W. Waite's reduction by ln 2, then Taylor's series. */
export function expPair(x: v128): v128 {
  // Beyond these the result is 0 or infinity for all that follows; NaN stays NaN.
  const bound = f64x2.pmin(f64x2.pmax(x, f64x2.splat(-708)), f64x2.splat(709));
  const shifted = f64x2.add(f64x2.mul(bound, f64x2.splat(1.4426950408889634)), f64x2.splat(ROUNDER));
  const k = f64x2.sub(shifted, f64x2.splat(ROUNDER));
  const r = f64x2.sub(
    f64x2.sub(bound, f64x2.mul(k, f64x2.splat(LN2_HIGH))),
    f64x2.mul(k, f64x2.splat(LN2_LOW)),
  );
  // Σ rⁱ / i! to the 13th power, from the end.
  let sum = f64x2.splat(1.0 / 6227020800);
  sum = step(sum, r, 1.0 / 479001600);
  sum = step(sum, r, 1.0 / 39916800);
  sum = step(sum, r, 1.0 / 3628800);
  sum = step(sum, r, 1.0 / 362880);
  sum = step(sum, r, 1.0 / 40320);
  sum = step(sum, r, 1.0 / 5040);
  sum = step(sum, r, 1.0 / 720);
  sum = step(sum, r, 1.0 / 120);
  sum = step(sum, r, 1.0 / 24);
  sum = step(sum, r, 1.0 / 6);
  sum = step(sum, r, 0.5);
  sum = step(sum, r, 1);
  sum = step(sum, r, 1);
  const power = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
  return f64x2.mul(sum, power);
}

/** log(1 + x) for x in [0, 1]: 2 artanh s with s = x / (2 + x) of at most 1/3, as 2 (s + s³/3 + s⁵/5 + …). */
export function logOnePlus(x: v128): v128 {
  const s = f64x2.div(x, f64x2.add(x, f64x2.splat(2)));
  const square = f64x2.mul(s, s);
  let sum = f64x2.splat(1.0 / 33);
  sum = step(sum, square, 1.0 / 31);
  sum = step(sum, square, 1.0 / 29);
  sum = step(sum, square, 1.0 / 27);
  sum = step(sum, square, 1.0 / 25);
  sum = step(sum, square, 1.0 / 23);
  sum = step(sum, square, 1.0 / 21);
  sum = step(sum, square, 1.0 / 19);
  sum = step(sum, square, 1.0 / 17);
  sum = step(sum, square, 1.0 / 15);
  sum = step(sum, square, 1.0 / 13);
  sum = step(sum, square, 1.0 / 11);
  sum = step(sum, square, 1.0 / 9);
  sum = step(sum, square, 1.0 / 7);
  sum = step(sum, square, 1.0 / 5);
  sum = step(sum, square, 1.0 / 3);
  sum = step(sum, square, 1);
  return f64x2.mul(sum, f64x2.add(s, s));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function step(sum: v128, r: v128, coefficient: f64): v128 {
  return f64x2.add(f64x2.mul(sum, r), f64x2.splat(coefficient));
}
