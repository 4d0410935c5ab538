/**
 * Histograms of a boosted tree's leaves: cells [g, h] of float64 and counts of rows, pack after pack (`packs.as`). When a
 * leaf is split only the smaller child's is built; the larger child's is the parent's less that one, in its place.
 *
 * Words of a pack in the table, 32 bytes: address of its words, from row to row how many bytes, where its cells and its
 * counts begin in a histogram, and the widths of its features.
 */
import { fillCells, fillPack, gatherWords, subtractPack } from './packs';
import { clearCut, CUT_BYTES, scanBins } from './scan';

// Rows at a time, so that what is gathered of them stays in the second cache while one pack after the other adds it up.
const BLOCK = 2048;
const GRADIENT_BYTES: usize = <usize>BLOCK << 4;
const BLOCK_BYTES: usize = GRADIENT_BYTES + (<usize>BLOCK << 3);

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
const WHOLE_COUNTS: usize = 240;

/**
 * What stays the same while trees grow. @param scratch 48 KiB for each thread
 * @param wholeCounts a histogram whose counts are those of all rows, and whose cells there need not be
 */
export function describeGrowth(
  features: i32,
  groups: i32,
  table: usize,
  order: usize,
  gradients: usize,
  scratch: usize,
  cuts: usize,
  wholeCounts: usize,
  minSamplesLeaf: i32,
  minHessian: f64,
  lambda: f64,
): void {
  store<i32>(FEATURES, features);
  store<usize>(WHOLE_COUNTS, wholeCounts);
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

/** Builds and scans the histograms of a group of packs. */
export function growChildren(group: i32, thread: i32): void {
  const packs = (load<i32>(FEATURES) + 3) >> 2;
  const groups = load<i32>(GROUPS);
  const first = (group * packs) / groups;
  const last = ((group + 1) * packs) / groups;
  for (let pack = first; pack < last; pack++) clear(packAt(pack));
  if (load<usize>(PARENT) === 0) fillWhole(first, last);
  else fillRows(first, last, load<usize>(SCRATCH) + <usize>thread * BLOCK_BYTES);
  for (let pack = first; pack < last; pack++) scanPack(pack);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function packAt(pack: i32): usize {
  return load<usize>(TABLE) + (<usize>pack << 5);
}

/** Bins of its widest feature with that of missing values. */
function binsOf(pack: usize): i32 {
  const widths = v128.load(pack, 16);
  const two = i32x4.max_s(widths, v128.shuffle<i32>(widths, widths, 2, 3, 2, 3));
  return 1 + max(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1));
}

function clear(pack: usize): void {
  const small = load<usize>(SMALL);
  const counts = load<usize>(pack, 12);
  const bins = <usize>binsOf(pack);
  memory.fill(small + load<usize>(pack, 8), 0, bins << 6);
  if (load<usize>(PARENT) === 0) memory.copy(small + counts, load<usize>(WHOLE_COUNTS) + counts, bins << 4);
  else memory.fill(small + counts, 0, bins << 4);
}

/** All rows, as they lie. */
function fillWhole(first: i32, last: i32): void {
  const end = load<i32>(END);
  for (let from = 0; from < end; from += BLOCK) {
    const count = min(BLOCK, end - from);
    const gradients = load<usize>(GRADIENTS) + (<usize>from << 4);
    for (let pack = first; pack < last; pack++) {
      const at = packAt(pack);
      const step = load<usize>(at, 4);
      const words = load<usize>(at) + <usize>from * step;
      fillCells(load<usize>(SMALL) + load<usize>(at, 8), words, step, count, gradients);
    }
  }
}

/** The rows of the smaller child. */
function fillRows(first: i32, last: i32, gradients: usize): void {
  const small = load<usize>(SMALL);
  const end = load<i32>(END);
  const words = gradients + GRADIENT_BYTES;
  for (let from = load<i32>(START); from < end; from += BLOCK) {
    const count = min(BLOCK, end - from);
    const rows = load<usize>(ORDER) + (<usize>from << 2);
    gather(gradients, load<usize>(GRADIENTS), rows, count);
    for (let pack = first; pack < last; pack++) {
      const at = packAt(pack);
      const step = load<usize>(at, 4);
      const odd = pack & 1;
      // Both packs of a chunk.
      if (odd === 0 || pack === first) gatherWords(words, load<usize>(packAt(pack - odd)), step, rows, count);
      const own = words + (<usize>odd << 2);
      fillPack(small + load<usize>(at, 8), small + load<usize>(at, 12), own, step, count, gradients);
    }
  }
}

/** The cuts of a pack's features in both children, of which the larger one's histogram is made first. */
function scanPack(number: i32): void {
  const pack = packAt(number);
  const small = load<usize>(SMALL);
  const parent = load<usize>(PARENT);
  const cells = load<usize>(pack, 8);
  const counts = load<usize>(pack, 12);
  if (parent !== 0)
    subtractPack(parent + cells, parent + counts, small + cells, small + counts, binsOf(pack));
  const smallCount = load<i32>(END) - load<i32>(START);
  const features = min(4, load<i32>(FEATURES) - number * 4);
  for (let k = 0; k < features; k++) {
    const cut = load<usize>(CUTS) + <usize>(number * 4 + k) * 2 * CUT_BYTES;
    const width = load<i32>(pack + (<usize>k << 2), 16);
    const cell = cells + (<usize>k << 4);
    const counter = counts + (<usize>k << 2);
    scanChild(small + cell, small + counter, width, smallCount, SUMS, cut);
    if (parent !== 0)
      scanChild(parent + cell, parent + counter, width, load<i32>(LARGE_COUNT), SUMS + 16, cut + CUT_BYTES);
  }
}

function scanChild(cells: usize, counts: usize, width: i32, count: i32, sums: usize, cut: usize): void {
  clearCut(cut, 0);
  const least = load<i32>(MIN_SAMPLES);
  if (count < 2 * least) return;
  const whole = v128.load(sums);
  scanBins(cells, counts, 64, width, whole, count, least, load<f64>(MIN_HESSIAN), load<f64>(LAMBDA), cut);
}

function gather(target: usize, gradients: usize, rows: usize, count: i32): void {
  const end = rows + (<usize>count << 2);
  while (rows < end) {
    v128.store(target, v128.load(gradients + (<usize>load<u32>(rows) << 4)));
    target += 16;
    rows += 4;
  }
}

/**
 * Moves the rows of one side to the front, both sides in their order. Returns where the other side begins.
 * @param bins of the feature, a byte for each row, `step` bytes apart @param sides a byte for each bin: 1 for the front
 */
export function partition(
  order: usize,
  spare: usize,
  start: i32,
  end: i32,
  bins: usize,
  step: usize,
  sides: usize,
): i32 {
  let front = order + (<usize>start << 2);
  let back = spare;
  const last = order + (<usize>end << 2);
  for (let at = front; at < last; at += 4) {
    const row = load<u32>(at);
    // Without a branch, which would be foretold wrongly half of the time: written to both, counted in one.
    const side = <usize>load<u8>(sides + <usize>load<u8>(bins + <usize>row * step)) << 2;
    store<u32>(front, row);
    store<u32>(back, row);
    front += side;
    back += 4 - side;
  }
  memory.copy(front, spare, back - spare);
  return <i32>((front - order) >> 2);
}

/** Sums of g and h, two float64, in the order of the rows. */
export function sumRows(target: usize, gradients: usize, count: i32): void {
  let sum = f64x2.splat(0);
  const end = gradients + (<usize>count << 4);
  for (; gradients < end; gradients += 16) sum = f64x2.add(sum, v128.load(gradients));
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
