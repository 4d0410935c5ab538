/** Exponential and logarithm of two numbers at once, to an ulp or two. */

const LN2_HIGH: f64 = 6.93147180369123816490e-1;
const LN2_LOW: f64 = 1.90821492927058770002e-10;
/** Added to a small number it leaves that number, rounded to a whole one, in the lowest bits. */
const ROUNDER: f64 = 6755399441055744;

/** 1 / i! from the 13th on. */
const FACTORIALS = memory.data<f64>([
  1.0 / 6227020800,
  1.0 / 479001600,
  1.0 / 39916800,
  1.0 / 3628800,
  1.0 / 362880,
  1.0 / 40320,
  1.0 / 5040,
  1.0 / 720,
  1.0 / 120,
  1.0 / 24,
  1.0 / 6,
  0.5,
  1,
  1,
]);
const FACTORIALS_END = FACTORIALS + 14 * 8;

/** e to the power of x: W. Cody and W. Waite's reduction by ln 2, then Taylor's series. */
export function expPair(x: v128): v128 {
  const bound = boundOf(x);
  const shifted = shiftedOf(bound);
  const r = restOf(bound, shifted);
  // Σ rⁱ / i! to the 13th power, from the end.
  let sum = v128.load_splat<f64>(FACTORIALS);
  for (let at = FACTORIALS + 8; at < FACTORIALS_END; at += 8)
    sum = f64x2.add(f64x2.mul(sum, r), v128.load_splat<f64>(at));
  return scaled(sum, shifted);
}

/**
 * e to the power of −x in place, as `expPair`, for eight numbers at a time: four sums side by side, as each waits for its
 * own steps. @param count of numbers; up to seven more behind them are written
 */
export function expNegatives(values: usize, count: i32): void {
  const end = values + (<usize>count << 3);
  for (; values < end; values += 64) {
    const boundA = boundOf(f64x2.neg(v128.load(values)));
    const boundB = boundOf(f64x2.neg(v128.load(values, 16)));
    const boundC = boundOf(f64x2.neg(v128.load(values, 32)));
    const boundD = boundOf(f64x2.neg(v128.load(values, 48)));
    const shiftedA = shiftedOf(boundA);
    const shiftedB = shiftedOf(boundB);
    const shiftedC = shiftedOf(boundC);
    const shiftedD = shiftedOf(boundD);
    const a = restOf(boundA, shiftedA);
    const b = restOf(boundB, shiftedB);
    const c = restOf(boundC, shiftedC);
    const d = restOf(boundD, shiftedD);
    let sumA = v128.load_splat<f64>(FACTORIALS);
    let sumB = sumA;
    let sumC = sumA;
    let sumD = sumA;
    for (let at = FACTORIALS + 8; at < FACTORIALS_END; at += 8) {
      const next = v128.load_splat<f64>(at);
      sumA = f64x2.add(f64x2.mul(sumA, a), next);
      sumB = f64x2.add(f64x2.mul(sumB, b), next);
      sumC = f64x2.add(f64x2.mul(sumC, c), next);
      sumD = f64x2.add(f64x2.mul(sumD, d), next);
    }
    v128.store(values, scaled(sumA, shiftedA));
    v128.store(values, scaled(sumB, shiftedB), 16);
    v128.store(values, scaled(sumC, shiftedC), 32);
    v128.store(values, scaled(sumD, shiftedD), 48);
  }
}

/** Beyond these the result is 0 or infinity for all that follows; NaN stays NaN. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function boundOf(x: v128): v128 {
  return f64x2.pmin(f64x2.pmax(x, f64x2.splat(-708)), f64x2.splat(709));
}

/** x / ln 2 as a whole number, in the lowest bits. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function shiftedOf(bound: v128): v128 {
  return f64x2.add(f64x2.mul(bound, f64x2.splat(1.4426950408889634)), f64x2.splat(ROUNDER));
}

/** What is left of x without whole numbers of ln 2. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function restOf(bound: v128, shifted: v128): v128 {
  const k = f64x2.sub(shifted, f64x2.splat(ROUNDER));
  return f64x2.sub(
    f64x2.sub(bound, f64x2.mul(k, f64x2.splat(LN2_HIGH))),
    f64x2.mul(k, f64x2.splat(LN2_LOW)),
  );
}

/** Times as many powers of 2. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function scaled(sum: v128, shifted: v128): v128 {
  return f64x2.mul(sum, i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52));
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
