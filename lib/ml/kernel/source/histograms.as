/**
 * Histograms of a boosted tree's leaves: cells [g, h] of float64 and counts of rows, pack after pack (`packs.as`). When a
 * leaf is split only the smaller child's is built; the larger child's is the parent's less that one, in its place.
 *
 * Words of a pack in the table, 32 bytes: address of its words, from row to row how many bytes, where its cells and its
 * counts begin in a histogram, and the widths of its features.
 */
import { gatherGradients, gradientsFrom } from './gradients';
import { listRows, segmentsOf } from './leaf-rows';
import { fillCells, fillPack, gatherWords, subtractCells, subtractCounts } from './packs';
import { clearCut, CUT_BYTES, scanBins } from './scan';

// Rows at a time, so that what is gathered of them stays in the second cache while one pack after the other adds it up.
const BLOCK = 2048;
// What each thread has room for: gradients, words and numbers of rows of a block, and where the next ones are.
const GRADIENT_BYTES: usize = (<usize>BLOCK + 8) << 4;
const WORD_BYTES: usize = <usize>BLOCK << 3;
const LIST_BYTES: usize = (<usize>BLOCK + 8) << 2;
const BLOCK_BYTES: usize = GRADIENT_BYTES + WORD_BYTES + LIST_BYTES + 32;

// The description of the work, written by `describe…` for the threads that do it.
const FEATURES: usize = 128;
const GROUPS: usize = 132;
const TABLE: usize = 136;
const ORDER: usize = 140;
const SCRATCH: usize = 148;
const CUTS: usize = 152;
const MIN_SAMPLES: usize = 156;
const SPAN: usize = 160;
const COUNT: usize = 164;
const SMALL: usize = 168;
const PARENT: usize = 172;
const LARGE_COUNT: usize = 176;
const ROWS: usize = 180;
const MIN_HESSIAN: usize = 192;
const LAMBDA: usize = 200;
const SUMS: usize = 208;
const WHOLE_COUNTS: usize = 240;
const WHOLE_SUMS: usize = 244;

/**
 * What stays the same while trees grow. @param scratch for each thread `BLOCK_BYTES`
 * @param order of the rows (`leaf-rows.as`)
 * @param wholeCounts a histogram whose counts are those of all rows, and whose cells there need not be; 0 when each
 * row's h is 1, so that histograms need no counts
 * @param wholeSums where the sums [g, h] of all rows are written, with the root
 */
export function describeGrowth(
  features: i32,
  groups: i32,
  table: usize,
  rows: i32,
  order: usize,
  scratch: usize,
  cuts: usize,
  wholeCounts: usize,
  wholeSums: usize,
  minSamplesLeaf: i32,
  minHessian: f64,
  lambda: f64,
): void {
  store<i32>(FEATURES, features);
  store<i32>(GROUPS, groups);
  store<usize>(TABLE, table);
  store<i32>(ROWS, rows);
  store<usize>(ORDER, order);
  store<usize>(SCRATCH, scratch);
  store<usize>(CUTS, cuts);
  store<usize>(WHOLE_COUNTS, wholeCounts);
  store<usize>(WHOLE_SUMS, wholeSums);
  store<i32>(MIN_SAMPLES, minSamplesLeaf);
  store<f64>(MIN_HESSIAN, minHessian);
  store<f64>(LAMBDA, lambda);
}

/**
 * One split. The cuts are written feature by feature: the smaller child's, then the larger's.
 * @param span of the smaller child (`leaf-rows.as`) @param count of its rows
 * @param small histogram that is built
 * @param parent histogram that becomes the larger child's; 0 for the root
 * @param largeCount rows of the larger child
 * @param smallG,smallH,largeG,largeH sums of both children; those of the root are found
 */
export function describeChildren(
  span: usize,
  count: i32,
  small: usize,
  parent: usize,
  largeCount: i32,
  smallG: f64,
  smallH: f64,
  largeG: f64,
  largeH: f64,
): void {
  store<usize>(SPAN, span);
  store<i32>(COUNT, count);
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
  const room = load<usize>(SCRATCH) + <usize>thread * BLOCK_BYTES;
  for (let pack = first; pack < last; pack++) clear(packAt(pack));
  let sums: v128;
  if (load<usize>(PARENT) === 0) {
    sums = fillWhole(first, last, room);
    // Each group finds the same.
    if (group === 0) v128.store(load<usize>(WHOLE_SUMS), sums);
  } else {
    fillRows(first, last, room);
    sums = v128.load(SUMS);
  }
  for (let pack = first; pack < last; pack++) scanPack(pack, sums);
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
  const whole = load<usize>(WHOLE_COUNTS);
  memory.fill(small + load<usize>(pack, 8), 0, bins << 6);
  if (whole === 0) return;
  if (load<usize>(PARENT) === 0) memory.copy(small + counts, whole + counts, bins << 4);
  else memory.fill(small + counts, 0, bins << 4);
}

/** All rows, as they lie. Returns the sums of g and h, in the order of the rows. */
function fillWhole(first: i32, last: i32, room: usize): v128 {
  const end = load<i32>(ROWS);
  let sums = f64x2.splat(0);
  for (let from = 0; from < end; from += BLOCK) {
    const count = min(BLOCK, end - from);
    const gradients = gradientsFrom(room, from, count);
    const gradientsEnd = gradients + (<usize>count << 4);
    for (let at = gradients; at < gradientsEnd; at += 16) sums = f64x2.add(sums, v128.load(at));
    for (let pack = first; pack < last; pack++) {
      const at = packAt(pack);
      const step = load<usize>(at, 4);
      const words = load<usize>(at) + <usize>from * step;
      fillCells(load<usize>(SMALL) + load<usize>(at, 8), words, step, count, gradients);
    }
  }
  return sums;
}

/** The rows of the smaller child. */
function fillRows(first: i32, last: i32, room: usize): void {
  const segments = segmentsOf(load<i32>(ROWS));
  const list = room + GRADIENT_BYTES + WORD_BYTES;
  const cursor = list + LIST_BYTES;
  store<u64>(cursor, 0);
  for (;;) {
    const count = listRows(load<usize>(ORDER), segments, load<usize>(SPAN), cursor, list, BLOCK);
    if (count === 0) return;
    fillBlock(first, last, room, list, count);
  }
}

function fillBlock(first: i32, last: i32, room: usize, rows: usize, count: i32): void {
  const small = load<usize>(SMALL);
  const words = room + GRADIENT_BYTES;
  const counted = load<usize>(WHOLE_COUNTS) !== 0;
  gatherGradients(room, rows, count);
  for (let pack = first; pack < last; pack++) {
    const at = packAt(pack);
    const step = load<usize>(at, 4);
    const odd = pack & 1;
    // Both packs of a chunk.
    if (odd === 0 || pack === first) gatherWords(words, load<usize>(packAt(pack - odd)), step, rows, count);
    const own = words + (<usize>odd << 2);
    const cells = small + load<usize>(at, 8);
    if (counted) fillPack(cells, small + load<usize>(at, 12), own, step, count, room);
    else fillCells(cells, own, step, count, room);
  }
}

/** The cuts of a pack's features in both children, of which the larger one's histogram is made first. */
function scanPack(number: i32, sums: v128): void {
  const pack = packAt(number);
  const small = load<usize>(SMALL);
  const parent = load<usize>(PARENT);
  const cells = load<usize>(pack, 8);
  const counted = load<usize>(WHOLE_COUNTS) !== 0;
  const counts = load<usize>(pack, 12);
  if (parent !== 0) {
    subtractCells(parent + cells, small + cells, binsOf(pack));
    if (counted) subtractCounts(parent + counts, small + counts, binsOf(pack));
  }
  const smallCount = load<i32>(COUNT);
  const features = min(4, load<i32>(FEATURES) - number * 4);
  for (let k = 0; k < features; k++) {
    const cut = load<usize>(CUTS) + <usize>(number * 4 + k) * 2 * CUT_BYTES;
    const width = load<i32>(pack + (<usize>k << 2), 16);
    const cell = cells + (<usize>k << 4);
    const counter = counts + (<usize>k << 2);
    scanChild(small + cell, counted ? small + counter : 0, width, smallCount, sums, cut);
    if (parent !== 0)
      scanChild(
        parent + cell,
        counted ? parent + counter : 0,
        width,
        load<i32>(LARGE_COUNT),
        v128.load(SUMS, 16),
        cut + CUT_BYTES,
      );
  }
}

function scanChild(cells: usize, counts: usize, width: i32, count: i32, whole: v128, cut: usize): void {
  clearCut(cut, 0);
  const least = load<i32>(MIN_SAMPLES);
  if (count < 2 * least) return;
  scanBins(cells, counts, 64, width, whole, count, least, load<f64>(MIN_HESSIAN), load<f64>(LAMBDA), cut);
}
