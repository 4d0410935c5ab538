/**
 * Histograms of a boosted tree's leaves: cells [g, h] of float64 and counts of rows, feature after feature. When a leaf
 * is split only the smaller child's is built; the larger child's is the parent's less that one, in its place.
 *
 * A feature of the table: address of its bins (a byte for each row), its width, and where its cells and its counts
 * begin in a histogram; 16 bytes.
 */
import { clearCut, CUT_BYTES, scanBins } from './scan';

// Rows at a time, so that their gradients stay in the second cache while one feature after the other adds them up.
const BLOCK = 8192;
const BLOCK_BYTES: usize = <usize>BLOCK << 4;

// The description of the work, written by `describe…` for the threads that do it.
const FEATURES: usize = 128;
const GROUPS: usize = 132;
const TABLE: usize = 136;
const ORDER: usize = 140;
const GRADIENTS: usize = 144;
const SCRATCH: usize = 148;
const CUTS: usize = 152;
const MIN_SAMPLES: usize = 156;
const START: usize = 160;
const END: usize = 164;
const SMALL: usize = 168;
const PARENT: usize = 172;
const LARGE_COUNT: usize = 176;
const MIN_HESSIAN: usize = 192;
const LAMBDA: usize = 200;
const SUMS: usize = 208;

/** What stays the same while trees grow. @param scratch 128 KiB for each thread */
export function describeGrowth(
  features: i32,
  groups: i32,
  table: usize,
  order: usize,
  gradients: usize,
  scratch: usize,
  cuts: usize,
  minSamplesLeaf: i32,
  minHessian: f64,
  lambda: f64,
): void {
  store<i32>(FEATURES, features);
  store<i32>(GROUPS, groups);
  store<usize>(TABLE, table);
  store<usize>(ORDER, order);
  store<usize>(GRADIENTS, gradients);
  store<usize>(SCRATCH, scratch);
  store<usize>(CUTS, cuts);
  store<i32>(MIN_SAMPLES, minSamplesLeaf);
  store<f64>(MIN_HESSIAN, minHessian);
  store<f64>(LAMBDA, lambda);
}

/**
 * One split. The cuts are written feature by feature: the smaller child's, then the larger's.
 * @param start,end the smaller child's rows in the order; all rows for the root
 * @param small histogram that is built
 * @param parent histogram that becomes the larger child's; 0 for the root
 * @param largeCount rows of the larger child
 * @param smallG,smallH,largeG,largeH sums of both children
 */
export function describeChildren(
  start: i32,
  end: i32,
  small: usize,
  parent: usize,
  largeCount: i32,
  smallG: f64,
  smallH: f64,
  largeG: f64,
  largeH: f64,
): void {
  store<i32>(START, start);
  store<i32>(END, end);
  store<usize>(SMALL, small);
  store<usize>(PARENT, parent);
  store<i32>(LARGE_COUNT, largeCount);
  store<f64>(SUMS, smallG);
  store<f64>(SUMS, smallH, 8);
  store<f64>(SUMS, largeG, 16);
  store<f64>(SUMS, largeH, 24);
}

/** Builds and scans the histograms of a group of features. */
export function growChildren(group: i32, thread: i32): void {
  const features = load<i32>(FEATURES);
  const groups = load<i32>(GROUPS);
  const table = load<usize>(TABLE);
  const small = load<usize>(SMALL);
  const parent = load<usize>(PARENT);
  const end = load<i32>(END);
  const scratch = load<usize>(SCRATCH) + <usize>thread * BLOCK_BYTES;
  const first = (group * features) / groups;
  const last = ((group + 1) * features) / groups;
  for (let f = first; f < last; f++) {
    const feature = table + (<usize>f << 4);
    const bins = <usize>load<i32>(feature, 4) + 1;
    memory.fill(small + load<usize>(feature, 8), 0, bins << 4);
    memory.fill(small + load<usize>(feature, 12), 0, bins << 2);
  }
  for (let from = load<i32>(START); from < end; from += BLOCK) {
    const count = min(BLOCK, end - from);
    const rows = load<usize>(ORDER) + (<usize>from << 2);
    gather(scratch, load<usize>(GRADIENTS), rows, count);
    for (let f = first; f < last; f++) {
      const feature = table + (<usize>f << 4);
      fill<u8>(
        small + load<usize>(feature, 8),
        small + load<usize>(feature, 12),
        load<usize>(feature),
        rows,
        count,
        scratch,
      );
    }
  }
  for (let f = first; f < last; f++) {
    const feature = table + (<usize>f << 4);
    const width = load<i32>(feature, 4);
    const cells = load<usize>(feature, 8);
    const counts = load<usize>(feature, 12);
    if (parent !== 0) subtract(parent + cells, parent + counts, small + cells, small + counts, width + 1);
    const cut = load<usize>(CUTS) + <usize>f * 2 * CUT_BYTES;
    const smallCount = end - load<i32>(START);
    scanChild(small + cells, small + counts, width, smallCount, SUMS, cut);
    if (parent !== 0)
      scanChild(parent + cells, parent + counts, width, load<i32>(LARGE_COUNT), SUMS + 16, cut + CUT_BYTES);
  }
}

function scanChild(cells: usize, counts: usize, width: i32, count: i32, sums: usize, cut: usize): void {
  clearCut(cut, 0);
  const least = load<i32>(MIN_SAMPLES);
  if (count < 2 * least) return;
  const g = load<f64>(sums);
  const h = load<f64>(sums, 8);
  scanBins(cells, counts, width, g, h, count, least, load<f64>(MIN_HESSIAN), load<f64>(LAMBDA), cut);
}

function gather(target: usize, gradients: usize, rows: usize, count: i32): void {
  const end = rows + (<usize>count << 2);
  while (rows < end) {
    v128.store(target, v128.load(gradients + (<usize>load<u32>(rows) << 4)));
    target += 16;
    rows += 4;
  }
}

/** The hot loop of all: two rows at a time. `T` is the type of the bins. */
export function fill<T>(
  cells: usize,
  counts: usize,
  bins: usize,
  rows: usize,
  count: i32,
  gradients: usize,
): void {
  const end = rows + (<usize>(count & ~1) << 2);
  while (rows < end) {
    add(cells, counts, binOf<T>(bins, rows), v128.load(gradients));
    add(cells, counts, binOf<T>(bins, rows + 4), v128.load(gradients, 16));
    rows += 8;
    gradients += 32;
  }
  if ((count & 1) === 1) add(cells, counts, binOf<T>(bins, rows), v128.load(gradients));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function binOf<T>(bins: usize, row: usize): usize {
  return <usize>load<T>(bins + (<usize>load<u32>(row) << alignof<T>()));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function add(cells: usize, counts: usize, bin: usize, gradient: v128): void {
  const cell = cells + (bin << 4);
  v128.store(cell, f64x2.add(v128.load(cell), gradient));
  const count = counts + (bin << 2);
  store<u32>(count, load<u32>(count) + 1);
}

function subtract(cells: usize, counts: usize, fromCells: usize, fromCounts: usize, bins: i32): void {
  for (let bin = 0; bin < bins; bin++) {
    const at = <usize>bin << 4;
    v128.store(cells + at, f64x2.sub(v128.load(cells + at), v128.load(fromCells + at)));
    const count = <usize>bin << 2;
    store<i32>(counts + count, load<i32>(counts + count) - load<i32>(fromCounts + count));
  }
}

/**
 * Moves the rows of one side to the front, both sides in their order. Returns where the other side begins.
 * @param sides a byte for each bin: 1 for the front
 */
export function partition(
  order: usize,
  spare: usize,
  start: i32,
  end: i32,
  bins: usize,
  sides: usize,
): i32 {
  let front = order + (<usize>start << 2);
  let back = spare;
  const last = order + (<usize>end << 2);
  for (let at = front; at < last; at += 4) {
    const row = load<u32>(at);
    // Without a branch, which would be foretold wrongly half of the time: written to both, counted in one.
    const side = <usize>load<u8>(sides + <usize>load<u8>(bins + <usize>row)) << 2;
    store<u32>(front, row);
    store<u32>(back, row);
    front += side;
    back += 4 - side;
  }
  memory.copy(front, spare, back - spare);
  return <i32>((front - order) >> 2);
}

/** Sums of g and h over rows, two float64, in their order. */
export function sumRows(target: usize, gradients: usize, rows: usize, count: i32): void {
  let sum = f64x2.splat(0);
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4)
    sum = f64x2.add(sum, v128.load(gradients + (<usize>load<u32>(rows) << 4)));
  v128.store(target, sum);
}

/** Adds a value to those of some rows. */
export function addToRows(values: usize, rows: usize, count: i32, value: f64): void {
  const end = rows + (<usize>count << 2);
  for (; rows < end; rows += 4) {
    const at = values + (<usize>load<u32>(rows) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
}
