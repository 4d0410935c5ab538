/** Gradients and hessians of the logistic loss: p − y and p (1 − p), times the row's weight. */
import { expPair, logOnePlus } from './exp';

const ROWS: usize = 256;
const RAW: usize = 260;
const TARGET: usize = 264;
const WEIGHT: usize = 268;
const RESULT: usize = 272;
const POSITIVE: usize = 280;
/** Rows of a job. Even. */
export const CHUNK = 16384;

/** @param weight 0 for none @param positive the target of the rows whose probability is meant */
export function describeLogistic(
  rows: i32,
  raw: usize,
  target: usize,
  weight: usize,
  result: usize,
  positive: f64,
): void {
  store<i32>(ROWS, rows);
  store<usize>(RAW, raw);
  store<usize>(TARGET, target);
  store<usize>(WEIGHT, weight);
  store<usize>(RESULT, result);
  store<f64>(POSITIVE, positive);
}

/** One chunk of the rows. What lies behind an odd number of them must be readable and writable. */
export function logisticRows(chunk: i32): void {
  const raw = load<usize>(RAW);
  const target = load<usize>(TARGET);
  const weight = load<usize>(WEIGHT);
  const result = load<usize>(RESULT);
  const one = f64x2.splat(1);
  const positive = f64x2.splat(load<f64>(POSITIVE));
  const end = min(load<i32>(ROWS), (chunk + 1) * CHUNK);
  for (let row = chunk * CHUNK; row < end; row += 2) {
    const at = <usize>row << 3;
    const p = f64x2.div(one, f64x2.add(one, expPair(f64x2.neg(v128.load(raw + at)))));
    const label = v128.and(f64x2.eq(v128.load(target + at), positive), one);
    let g = f64x2.sub(p, label);
    let h = f64x2.mul(p, f64x2.sub(one, p));
    if (weight !== 0) {
      const w = v128.load(weight + at);
      g = f64x2.mul(g, w);
      h = f64x2.mul(h, w);
    }
    v128.store(result + (<usize>row << 4), v128.shuffle<f64>(g, h, 0, 2));
    v128.store(result + (<usize>row << 4), v128.shuffle<f64>(g, h, 1, 3), 16);
  }
}

/**
 * Turns raw scores into weighted residuals p − y, in place; returns the weighted logistic loss. What lies behind an odd
 * number of rows must be readable and writable, with a weight of 0.
 * @param labels float64: 1 for the class whose probability is meant, else 0
 */
export function logisticResiduals(scores: usize, labels: usize, weights: usize, rows: i32): f64 {
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  let loss = zero;
  for (let row = 0; row < rows; row += 2) {
    const at = <usize>row << 3;
    const score = v128.load(scores + at);
    const label = v128.load(labels + at);
    const weight = v128.load(weights + at);
    const e = expPair(f64x2.neg(f64x2.abs(score)));
    const share = f64x2.div(one, f64x2.add(one, e));
    // 1 / (1 + e^−score), without overflow.
    const p = v128.bitselect(share, f64x2.mul(e, share), f64x2.ge(score, zero));
    // log(1 + e^score) − y · score.
    const value = f64x2.sub(f64x2.add(logOnePlus(e), f64x2.max(score, zero)), f64x2.mul(label, score));
    loss = f64x2.add(loss, f64x2.mul(weight, value));
    v128.store(scores + at, f64x2.mul(weight, f64x2.sub(p, label)));
  }
  return f64x2.extract_lane(loss, 0) + f64x2.extract_lane(loss, 1);
}
