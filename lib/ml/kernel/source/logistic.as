/** Value and gradient of the logistic loss in one pass over the features, block by block, so that each is read once. */
import { dotFour, dotOne } from './dot';
import { expNegatives, logOnePlus } from './exp';
import { logisticResiduals } from './gradients';

/** Rows of a block. Even. */
const BLOCK = 512;

/**
 * Returns the weighted logistic loss of linear scores, and adds its gradient to what there is of it.
 * @param x features column by column, `stride` rows each: an even number; what lies behind the rows is 0
 * @param weights float64 of each feature, then the intercept
 * @param labels float64: 1 for the class whose probability is meant, else 0 @param rowWeights 0 behind the rows
 * @param common the weight of all rows, when they have the same; else a negative number
 * @param scores scratch for two blocks and 8 numbers more
 * @param gradient two float64 for each weight, whose sum is meant
 */
export function logisticGradient(
  x: usize,
  features: i32,
  stride: usize,
  rows: i32,
  weights: usize,
  labels: usize,
  rowWeights: usize,
  common: f64,
  scores: usize,
  gradient: usize,
): f64 {
  const column = stride << 3;
  const intercept = v128.load_splat<f64>(weights + (<usize>features << 3));
  const last = gradient + (<usize>features << 4);
  let loss: f64 = 0;
  for (let row = 0; row < rows; row += BLOCK) {
    const count = min(BLOCK, rows - row);
    const bytes = <usize>((count + 1) & ~1) << 3;
    const from = x + (<usize>row << 3);
    for (let at: usize = 0; at < bytes; at += 16) v128.store(scores + at, intercept);
    let f = 0;
    for (; f + 3 < features; f += 4) addFour(scores, from + <usize>f * column, column, weights + (<usize>f << 3), bytes);
    for (; f < features; f++) addOne(scores, from + <usize>f * column, weights + (<usize>f << 3), bytes);
    const offset = <usize>row << 3;
    loss +=
      common >= 0 && (count & 1) === 0
        ? commonResiduals(scores, labels + offset, common, bytes)
        : logisticResiduals(scores, labels + offset, rowWeights + offset, count);
    f = 0;
    for (; f + 3 < features; f += 4) dotFour(scores, from + <usize>f * column, column, gradient + (<usize>f << 4), bytes);
    for (; f < features; f++) dotOne(scores, from + <usize>f * column, gradient + (<usize>f << 4), bytes);
    let sum = v128.load(last);
    for (let at: usize = 0; at < bytes; at += 16) sum = f64x2.add(sum, v128.load(scores + at));
    v128.store(last, sum);
  }
  return loss;
}

/**
 * `logisticResiduals` of rows with one weight. The sum of log(1 + e) is the logarithm of a product: of factors of 2 at most,
 * half as many as there are rows in a block, so that it stays below 2^(BLOCK / 2).
 */
function commonResiduals(scores: usize, labels: usize, weight: f64, bytes: usize): f64 {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  const w = f64x2.splat(weight);
  let product = one;
  let rest = zero;
  // e to the power of −|score|, behind the scores.
  const powers = scores + (<usize>BLOCK << 3);
  for (let at: usize = 0; at < bytes; at += 16) v128.store(powers + at, f64x2.abs(v128.load(scores + at)));
  expNegatives(powers, <i32>(bytes >> 3));
  for (let at: usize = 0; at < bytes; at += 16) {
    const score = v128.load(scores + at);
    const label = v128.load(labels + at);
    const e = v128.load(powers + at);
    const more = f64x2.add(one, e);
    const share = f64x2.div(one, more);
    // 1 / (1 + e^−score), without overflow.
    const p = v128.bitselect(share, f64x2.mul(e, share), f64x2.ge(score, zero));
    product = f64x2.mul(product, more);
    rest = f64x2.add(rest, f64x2.sub(f64x2.max(score, zero), f64x2.mul(label, score)));
    v128.store(scores + at, f64x2.mul(w, f64x2.sub(p, label)));
  }
  // Of both products: the exponent, and 1 to 2 times it.
  const exponents = i64x2.shr_u(product, 52);
  const mantissas = v128.or(
    v128.and(product, i64x2.splat(0x000fffffffffffff)),
    i64x2.splat(0x3ff0000000000000),
  );
  rest = f64x2.add(rest, logOnePlus(f64x2.sub(mantissas, one)));
  const power = i64x2.extract_lane(exponents, 0) + i64x2.extract_lane(exponents, 1) - 2046;
  const logs = <f64>power * 0.6931471805599453;
  return weight * (logs + f64x2.extract_lane(rest, 0) + f64x2.extract_lane(rest, 1));
}

function addFour(scores: usize, a: usize, column: usize, weights: usize, bytes: usize): void {
  const b = a + column;
  const c = b + column;
  const d = c + column;
  const wa = v128.load_splat<f64>(weights);
  const wb = v128.load_splat<f64>(weights, 8);
  const wc = v128.load_splat<f64>(weights, 16);
  const wd = v128.load_splat<f64>(weights, 24);
  for (let at: usize = 0; at < bytes; at += 16) {
    const ab = f64x2.add(f64x2.mul(wa, v128.load(a + at)), f64x2.mul(wb, v128.load(b + at)));
    const cd = f64x2.add(f64x2.mul(wc, v128.load(c + at)), f64x2.mul(wd, v128.load(d + at)));
    v128.store(scores + at, f64x2.add(v128.load(scores + at), f64x2.add(ab, cd)));
  }
}

function addOne(scores: usize, a: usize, weight: usize, bytes: usize): void {
  const w = v128.load_splat<f64>(weight);
  for (let at: usize = 0; at < bytes; at += 16)
    v128.store(scores + at, f64x2.add(v128.load(scores + at), f64x2.mul(w, v128.load(a + at))));
}
