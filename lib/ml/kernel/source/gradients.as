/**
 * Gradients and hessians of a boosted tree's rows: kept as pairs [g, h] of float64, or found when they are asked for from
 * the raw score, the target and the row's weight, so that no memory goes to them. Logistic: p − y and p (1 − p);
 * squared: score − y and 1.
 */
import { expNegatives, expPair, logOnePlus } from './exp';

const ROWS: usize = 256;
const RAW: usize = 260;
const TARGET: usize = 264;
const WEIGHT: usize = 268;
const PAIRS: usize = 272;
const LOGISTIC: usize = 276;
/** Rows of a job. Even. */
export const CHUNK = 16384;

/**
 * @param logistic 1 for the logistic loss, whose targets are bytes of 0 and 1; 0 for the squared, whose are float64
 * @param weight float64 of each row; 0 for none @param pairs where they are kept; 0 when they are not
 */
export function describeLoss(
  logistic: i32,
  rows: i32,
  raw: usize,
  target: usize,
  weight: usize,
  pairs: usize,
): void {
  store<i32>(LOGISTIC, logistic);
  store<i32>(ROWS, rows);
  store<usize>(RAW, raw);
  store<usize>(TARGET, target);
  store<usize>(WEIGHT, weight);
  store<usize>(PAIRS, pairs);
}

/** Pairs of rows that follow one another: where they are kept, or `room`, where they are written. */
export function gradientsFrom(room: usize, from: i32, count: i32): usize {
  const pairs = load<usize>(PAIRS);
  if (pairs !== 0) return pairs + (<usize>from << 4);
  writeFrom(room, from, count);
  return room;
}

/** Writes the pairs of some rows one behind the other. There must be room for eight more. */
export function gatherGradients(room: usize, rows: usize, count: i32): void {
  const pairs = load<usize>(PAIRS);
  const end = rows + (<usize>count << 2);
  if (pairs !== 0) {
    for (; rows < end; rows += 4, room += 16)
      v128.store(room, v128.load(pairs + (<usize>load<u32>(rows) << 4)));
    return;
  }
  // The scores lie in the second half of the room: a pair is never written where one lies that is still needed.
  const raw = load<usize>(RAW);
  const scores = room + (<usize>count << 3);
  for (let at = rows, to = scores; at < end; at += 4, to += 8)
    store<f64>(to, load<f64>(raw + (<usize>load<u32>(at) << 3)));
  const logistic = load<i32>(LOGISTIC) !== 0;
  if (logistic) expNegatives(scores, count);
  const target = load<usize>(TARGET);
  const weight = load<usize>(WEIGHT);
  for (let at = rows, from = scores; at < end; at += 8, from += 16, room += 32) {
    const first = <usize>load<u32>(at);
    const second = at + 4 < end ? <usize>load<u32>(at, 4) : first;
    writeTwo(room, v128.load(from), first, second, target, weight, logistic);
  }
}

/** One chunk of the rows whose pairs are kept, which are found all at once. */
export function logisticRows(chunk: i32): void {
  const from = chunk * CHUNK;
  writeFrom(load<usize>(PAIRS) + (<usize>from << 4), from, min(CHUNK, load<i32>(ROWS) - from));
}

/** There must be room for eight more. */
function writeFrom(room: usize, from: i32, count: i32): void {
  const scores = room + (<usize>count << 3);
  memory.copy(scores, load<usize>(RAW) + (<usize>from << 3), <usize>count << 3);
  const logistic = load<i32>(LOGISTIC) !== 0;
  if (logistic) expNegatives(scores, count);
  const target = load<usize>(TARGET);
  const weight = load<usize>(WEIGHT);
  const end = from + count;
  for (let row = from, at = scores; row < end; row += 2, at += 16, room += 32)
    writeTwo(room, v128.load(at), row, min(row + 1, end - 1), target, weight, logistic);
}

/** @param scores of two rows, or e to the power of their negatives */
// @ts-ignore: a decorator of AssemblyScript
@inline
function writeTwo(
  room: usize,
  scores: v128,
  first: usize,
  second: usize,
  target: usize,
  weight: usize,
  logistic: bool,
): void {
  const one = f64x2.splat(1);
  let g: v128;
  let h = one;
  if (logistic) {
    const p = f64x2.div(one, f64x2.add(one, scores));
    const label = f64x2.splat(<f64>load<u8>(target + first));
    g = f64x2.sub(p, f64x2.replace_lane(label, 1, <f64>load<u8>(target + second)));
    h = f64x2.mul(p, f64x2.sub(one, p));
  } else g = f64x2.sub(scores, two(target, first, second));
  if (weight !== 0) {
    const w = two(weight, first, second);
    g = f64x2.mul(g, w);
    h = f64x2.mul(h, w);
  }
  v128.store(room, v128.shuffle<f64>(g, h, 0, 2));
  v128.store(room, v128.shuffle<f64>(g, h, 1, 3), 16);
}

/** Two float64 of an array. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function two(values: usize, first: usize, second: usize): v128 {
  return f64x2.replace_lane(v128.load_splat<f64>(values + (first << 3)), 1, load<f64>(values + (second << 3)));
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
