/** Gradients and hessians of the logistic loss: p − y and p (1 − p), times the row's weight. */
import { expPair } from './exp';

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
