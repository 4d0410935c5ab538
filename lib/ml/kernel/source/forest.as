/**
 * One classification or regression tree, depth first. L. Breiman et al., "Classification and Regression Trees", 1984;
 * random cuts of P. Geurts, D. Ernst and L. Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006.
 *
 * 1. A node's rows are a stretch of one array, which a split reorders in place, each side in its old order.
 * 2. A node with far fewer rows than the feature has bins sorts its rows instead of filling a histogram; both ways
 *    give the same cuts.
 * 3. Where no cut lowers the impurity the best of them is made all the same, as scikit-learn does.
 *
 * A feature of the table: address of its bins, how many, and addresses of the least and the greatest value of each;
 * 16 bytes. For random cuts the values of all features lie row by row instead.
 */
import { divideBy } from './divide';
import {
  BY_CLASS,
  CAPACITY,
  CENTRE,
  CLASSES,
  DRAWN,
  ENTROPY,
  FEATURES,
  FLAGS,
  IS_CLASS,
  MAX_DEPTH,
  MAX_FEATURES,
  MIN_DECREASE,
  MIN_LEAF,
  MIN_SPLIT,
  RANDOM,
  ROWS,
  SCRATCH,
  SCRATCH_BYTES,
  SEEDS,
  TABLE,
  TARGET,
  TREES,
  TREE_BYTES,
  VALUES,
  WEIGHTS,
  WIDE,
  WIDEST,
} from './forest-description';
import { fill } from './fill';
import { below, seedRandom, uniform } from './random';
import { clearCut, CUT_BYTES, scanBins } from './scan';
import { scanClasses } from './scan-classes';
import { sortKeys } from './sort-keys';

// What lies where, of the tree and the thread at hand; an instance has one thread.
let rows: i32 = 0;
let features: i32 = 0;
let table: usize = 0;
let flags: i32 = 0;
let classes: i32 = 0;
let outputs: i32 = 0;
let minLeaf: i32 = 0;

// Scratch.
let order: usize = 0;
let spare: usize = 0;
/** Of the node's rows in turn: weight × target and weight; by class the offset of the class and the weight. */
let pairs: usize = 0;
let sample: usize = 0;
let keys: usize = 0;
let drawnValues: usize = 0;
let cells: usize = 0;
let counts: usize = 0;
let shuffled: usize = 0;
let totals: usize = 0;
let left: usize = 0;
let right: usize = 0;
let cut: usize = 0;
let stack: usize = 0;

// The tree: arrays of `capacity` each.
let size: i32 = 0;
let nodeCover: usize = 0;
let nodeGain: usize = 0;
let nodeFeature: usize = 0;
let nodeThreshold: usize = 0;
let nodeMissingLeft: usize = 0;
let nodeLeft: usize = 0;
let nodeRight: usize = 0;
let nodeValue: usize = 0;

// Sums of the node at hand.
let g: f64 = 0;
let h: f64 = 0;
// The best cut so far, apart from what `cut` holds.
let bestFeature: i32 = -1;
let bestThreshold: f32 = 0;

/** Room a thread needs. `groups` is how many numbers a cell has: the classes, or 2. */
export function forestScratchBytes(rows: i32, features: i32, widest: i32, outputs: i32, groups: i32): usize {
  const n = <usize>rows;
  return (
    n * (4 + 4 + 16 + 8 + 8 + 4 + 16) +
    (<usize>widest + 1) * (<usize>groups * 8 + 4) +
    <usize>features * 4 +
    <usize>outputs * 24 +
    CUT_BYTES +
    16 * 64
  );
}

/** Grows the tree of a job. */
export function growForestTree(job: i32, thread: i32): void {
  layOut(job, thread);
  seedRandom(load<u32>(load<usize>(SEEDS) + (<usize>job << 2)));
  const weights = weightsOfTree();
  let count = 0;
  let whole: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const weight = load<f64>(weights + (<usize>row << 3));
    store<u32>(order + (<usize>count << 2), row);
    count += weight !== 0 ? 1 : 0;
    whole += weight;
  }
  for (let f = 0; f < features; f++) store<i32>(shuffled + (<usize>f << 2), f);
  const scale: f64 = (flags & IS_CLASS) !== 0 && (flags & BY_CLASS) === 0 ? 2 : 1;
  const maxDepth = load<i32>(MAX_DEPTH);
  const minSplit = load<i32>(MIN_SPLIT);
  const minDecrease = load<f64>(MIN_DECREASE);
  let open = 0;
  push(open++, addLeaf(), 0, count, 0);
  while (open > 0) {
    open--;
    const at = stack + (<usize>open << 4);
    const node = load<i32>(at);
    const start = load<i32>(at, 4);
    const end = load<i32>(at, 8);
    const depth = load<i32>(at, 12);
    const pure = enter(node, start, end, weights);
    const inNode = end - start;
    if (pure || inNode < minSplit || inNode < 2 * minLeaf || depth >= maxDepth) continue;
    findCut(start, inNode);
    const gain = scale * load<f64>(cut);
    if (bestFeature < 0 || gain / whole + 1e-12 < minDecrease) continue;
    const middle = divide(start, end);
    const leftNode = addLeaf();
    const rightNode = addLeaf();
    store<i32>(nodeFeature + (<usize>node << 2), bestFeature);
    store<f32>(nodeThreshold + (<usize>node << 2), bestThreshold);
    // Where no missing value was seen, one goes to the larger side.
    const missingLeft = seesMissing() ? load<i32>(cut, 28) : <i32>(middle - start > end - middle);
    store<i32>(nodeMissingLeft + (<usize>node << 2), missingLeft);
    store<f64>(nodeGain + (<usize>node << 3), max<f64>(0, gain));
    store<i32>(nodeLeft + (<usize>node << 2), leftNode);
    store<i32>(nodeRight + (<usize>node << 2), rightNode);
    push(open++, rightNode, middle, end, depth + 1);
    push(open++, leftNode, start, middle, depth + 1);
  }
  store<i32>(load<usize>(TREES) + <usize>job * load<usize>(TREE_BYTES), size);
}

function layOut(job: i32, thread: i32): void {
  rows = load<i32>(ROWS);
  features = load<i32>(FEATURES);
  table = load<usize>(TABLE);
  flags = load<i32>(FLAGS);
  classes = load<i32>(CLASSES);
  outputs = (flags & IS_CLASS) !== 0 ? classes : 1;
  minLeaf = load<i32>(MIN_LEAF);
  const n = <usize>rows;
  const groups: usize = (flags & BY_CLASS) !== 0 ? <usize>classes : 2;
  const widest = <usize>load<i32>(WIDEST) + 1;
  let at = load<usize>(SCRATCH) + <usize>thread * load<usize>(SCRATCH_BYTES);
  pairs = at;
  at += n << 4;
  stack = at;
  at += n << 4;
  sample = at;
  at += n << 3;
  keys = at;
  at += n << 3;
  cells = at;
  at += (widest * groups) << 3;
  totals = at;
  at += <usize>outputs << 3;
  left = at;
  at += <usize>outputs << 3;
  right = at;
  at += <usize>outputs << 3;
  cut = at;
  at += CUT_BYTES;
  order = at;
  at += n << 2;
  // A word more: a partition writes one number beyond.
  spare = at + 8;
  at += (n << 2) + 16;
  drawnValues = at;
  at += n << 2;
  counts = at;
  at += widest << 2;
  shuffled = at;

  const capacity = <usize>load<i32>(CAPACITY);
  nodeCover = load<usize>(TREES) + <usize>job * load<usize>(TREE_BYTES) + 16;
  nodeGain = nodeCover + (capacity << 3);
  nodeFeature = nodeGain + (capacity << 3);
  nodeThreshold = nodeFeature + (capacity << 2);
  nodeMissingLeft = nodeThreshold + (capacity << 2);
  nodeLeft = nodeMissingLeft + (capacity << 2);
  nodeRight = nodeLeft + (capacity << 2);
  nodeValue = nodeRight + (capacity << 2);
  size = 0;
}

/** Those of all rows, or as often as each was drawn with replacement. */
function weightsOfTree(): usize {
  const all = load<usize>(WEIGHTS);
  const drawn = load<i32>(DRAWN);
  if (drawn === 0) return all;
  memory.fill(sample, 0, <usize>rows << 3);
  for (let i = 0; i < drawn; i++) {
    const at = <usize>below(rows) << 3;
    store<f64>(sample + at, load<f64>(sample + at) + load<f64>(all + at));
  }
  return sample;
}

function push(open: i32, node: i32, start: i32, end: i32, depth: i32): void {
  const at = stack + (<usize>open << 4);
  store<i32>(at, node);
  store<i32>(at, start, 4);
  store<i32>(at, end, 8);
  store<i32>(at, depth, 12);
}

function addLeaf(): i32 {
  const at = <usize>size << 2;
  store<i32>(nodeFeature + at, 0);
  store<f32>(nodeThreshold + at, 0);
  store<i32>(nodeMissingLeft + at, 0);
  store<i32>(nodeLeft + at, 0);
  store<i32>(nodeRight + at, 0);
  store<f64>(nodeGain + (<usize>size << 3), 0);
  return size++;
}

function seesMissing(): bool {
  if ((flags & RANDOM) !== 0) return load<i32>(table + (<usize>bestFeature << 4)) !== 0;
  const feature = table + (<usize>bestFeature << 4);
  return load<i32>(feature, 4) < 0;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function widthOf(feature: usize): i32 {
  // The highest bit tells of missing values.
  return load<i32>(feature, 4) & 0x7fffffff;
}

/** Writes the node's values and gathers its rows' targets. Returns whether they are all the same. */
function enter(node: i32, start: i32, end: i32, weights: usize): bool {
  const target = load<usize>(TARGET);
  const isClass = (flags & IS_CLASS) !== 0;
  const byClass = (flags & BY_CLASS) !== 0;
  memory.fill(totals, 0, <usize>outputs << 3);
  g = 0;
  h = 0;
  let pure = true;
  const first = load<f64>(target + (<usize>load<u32>(order + (<usize>start << 2)) << 3));
  let pair = pairs;
  for (let i = start; i < end; i++) {
    const row = <usize>load<u32>(order + (<usize>i << 2)) << 3;
    const weight = load<f64>(weights + row);
    const y = load<f64>(target + row);
    pure = pure && y === first;
    if (isClass) {
      const total = totals + (<usize>y << 3);
      store<f64>(total, load<f64>(total) + weight);
    }
    if (byClass) store<i64>(pair, <i64>y << 3);
    else store<f64>(pair, y * weight);
    store<f64>(pair, weight, 8);
    pair += 16;
    g += y * weight;
    h += weight;
  }
  store<f64>(nodeCover + (<usize>node << 3), h);
  const value = nodeValue + ((<usize>node * <usize>outputs) << 2);
  for (let k = 0; k < outputs; k++) {
    const share = isClass ? load<f64>(totals + (<usize>k << 3)) / h : load<f64>(CENTRE) + g / h;
    store<f32>(value + (<usize>k << 2), <f32>share);
  }
  return pure;
}

function findCut(start: i32, count: i32): void {
  clearCut(cut, -Infinity);
  bestFeature = -1;
  const tried = load<i32>(MAX_FEATURES);
  for (let i = 0; i < features; i++) {
    if (i >= tried && bestFeature >= 0) return;
    const here = shuffled + (<usize>i << 2);
    const there = shuffled + (<usize>(i + below(features - i)) << 2);
    const f = load<i32>(there);
    store<i32>(there, load<i32>(here));
    store<i32>(here, f);
    if ((flags & RANDOM) !== 0) drawCut(f, start, count);
    else if ((flags & WIDE) !== 0) scanFeature<i32>(f, start, count);
    else scanFeature<u8>(f, start, count);
  }
}

function scanFeature<T>(f: i32, start: i32, count: i32): void {
  const feature = table + (<usize>f << 4);
  const bins = load<usize>(feature);
  const width = widthOf(feature);
  const nodeRows = order + (<usize>start << 2);
  const sorted = count * 4 < width;
  let used = width;
  if (sorted) used = fillSorted<T>(bins, width, nodeRows, count);
  else {
    const groups: usize = (flags & BY_CLASS) !== 0 ? <usize>classes : 2;
    memory.fill(cells, 0, ((<usize>width + 1) * groups) << 3);
    memory.fill(counts, 0, (<usize>width + 1) << 2);
    if ((flags & BY_CLASS) !== 0) fillClasses<T>(bins, nodeRows, count);
    else fill<T>(cells, counts, bins, nodeRows, count, pairs);
  }
  const sums = f64x2.replace_lane(f64x2.splat(g), 1, h);
  const better =
    (flags & BY_CLASS) !== 0
      ? scanClasses(
          cells,
          counts,
          used,
          classes,
          totals,
          count,
          minLeaf,
          (flags & ENTROPY) !== 0,
          left,
          right,
          cut,
        )
      : scanBins(cells, counts, 16, used, sums, count, minLeaf, 0, 0, cut);
  if (!better) return;
  bestFeature = f;
  let bin = load<i32>(cut, 24);
  let next = bin + 1;
  while (next < used && load<i32>(counts + (<usize>next << 2)) === 0) next++;
  if (sorted) {
    bin = load<i32>(keys + (<usize>bin << 3));
    next = next < used ? load<i32>(keys + (<usize>next << 3)) : width;
    store<i32>(cut, bin, 24);
  }
  bestThreshold = thresholdBetween(feature, width, bin, next);
}

function fillClasses<T>(bins: usize, nodeRows: usize, count: i32): void {
  const stride = <usize>classes << 3;
  for (let i = 0; i < count; i++) {
    const bin = <usize>load<T>(bins + (<usize>load<u32>(nodeRows + (<usize>i << 2)) << alignof<T>()));
    const pair = pairs + (<usize>i << 4);
    const cell = cells + bin * stride + <usize>load<i64>(pair);
    store<f64>(cell, load<f64>(cell) + load<f64>(pair, 8));
    const at = counts + (bin << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
}

/** A histogram of only the bins that occur; `keys` gets their numbers. Returns how many, missing values apart. */
function fillSorted<T>(bins: usize, width: i32, nodeRows: usize, count: i32): i32 {
  const byClass = (flags & BY_CLASS) !== 0;
  const stride = byClass ? <usize>classes << 3 : 16;
  for (let i = 0; i < count; i++) {
    const bin = <u64>load<T>(bins + (<usize>load<u32>(nodeRows + (<usize>i << 2)) << alignof<T>()));
    store<u64>(keys + (<usize>i << 3), (bin << 32) | <u64>i);
  }
  sortKeys(keys, count);
  let used = 0;
  let at = -1;
  let previous = -1;
  let missing = false;
  for (let i = 0; i < count; i++) {
    const key = load<u64>(keys + (<usize>i << 3));
    const bin = <i32>(key >> 32);
    if (bin !== previous) {
      at++;
      memory.fill(cells + <usize>at * stride, 0, stride);
      store<i32>(counts + (<usize>at << 2), 0);
      previous = bin;
      if (bin === width) missing = true;
      else {
        // Never beyond what is read.
        store<i32>(keys + (<usize>used << 3), bin);
        used++;
      }
    }
    const pair = pairs + (<usize>(key & 0xffffffff) << 4);
    if (byClass) {
      const cell = cells + <usize>at * stride + <usize>load<i64>(pair);
      store<f64>(cell, load<f64>(cell) + load<f64>(pair, 8));
    } else {
      const cell = cells + (<usize>at << 4);
      v128.store(cell, f64x2.add(v128.load(cell), v128.load(pair)));
    }
    const here = counts + (<usize>at << 2);
    store<i32>(here, load<i32>(here) + 1);
  }
  if (!missing) {
    memory.fill(cells + <usize>used * stride, 0, stride);
    store<i32>(counts + (<usize>used << 2), 0);
  }
  return used;
}

/** Where a node is cut whose left rows end with bin `left` and whose right rows begin with bin `right`. */
function thresholdBetween(feature: usize, width: i32, left: i32, right: i32): f32 {
  const low = load<f32>(load<usize>(feature, 12) + (<usize>left << 2));
  if (right >= width) return low;
  const high = load<f32>(load<usize>(feature, 8) + (<usize>right << 2));
  const middle = <f32>(<f64>low + (<f64>high - <f64>low) / 2);
  return middle >= high ? low : middle;
}

/** Tries one cut at random between the least and the greatest value. */
function drawCut(f: i32, start: i32, count: i32): void {
  const values = load<usize>(VALUES) + (<usize>f << 2);
  const stride = <usize>features << 2;
  let least: f32 = Infinity;
  let greatest: f32 = -Infinity;
  let missing = 0;
  for (let i = 0; i < count; i++) {
    const row = <usize>load<u32>(order + (<usize>(start + i) << 2));
    const value = load<f32>(values + row * stride);
    store<f32>(drawnValues + (<usize>i << 2), value);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    if (value !== value) missing++;
  }
  if (!(greatest > least)) return;
  const drawn = <f32>(<f64>least + uniform() * (<f64>greatest - <f64>least));
  const threshold = drawn < greatest ? drawn : least;
  const missingLeft = missing > 0 && uniform() < 0.5;
  let better: bool;
  if ((flags & BY_CLASS) !== 0) {
    // A histogram of two bins: the left side and the right side.
    const stride = <usize>classes << 3;
    memory.fill(cells, 0, 3 * stride);
    memory.fill(counts, 0, 12);
    for (let i = 0; i < count; i++) {
      const value = load<f32>(drawnValues + (<usize>i << 2));
      const side: usize = value <= threshold || (missingLeft && value !== value) ? 0 : 1;
      const pair = pairs + (<usize>i << 4);
      const cell = cells + side * stride + <usize>load<i64>(pair);
      store<f64>(cell, load<f64>(cell) + load<f64>(pair, 8));
      const at = counts + (side << 2);
      store<i32>(at, load<i32>(at) + 1);
    }
    const entropy = (flags & ENTROPY) !== 0;
    better = scanClasses(cells, counts, 2, classes, totals, count, minLeaf, entropy, left, right, cut);
  } else {
    // Sums of both sides, of which the row's is chosen without a branch.
    memory.fill(cells, 0, 32);
    let leftCount = 0;
    for (let i = 0; i < count; i++) {
      const value = load<f32>(drawnValues + (<usize>i << 2));
      const onLeft = <i32>(value <= threshold) | (<i32>missingLeft & <i32>(value !== value));
      const cell = cells + (<usize>(1 - onLeft) << 4);
      v128.store(cell, f64x2.add(v128.load(cell), v128.load(pairs + (<usize>i << 4))));
      leftCount += onLeft;
    }
    if (min(leftCount, count - leftCount) < minLeaf) return;
    const leftG = load<f64>(cells);
    const leftH = load<f64>(cells, 8);
    const rightG = g - leftG;
    const gain = (leftG * leftG) / leftH + (rightG * rightG) / (h - leftH) - (g * g) / h;
    better = gain > load<f64>(cut);
    if (better) store<f64>(cut, gain);
  }
  if (!better) return;
  bestFeature = f;
  bestThreshold = threshold;
  store<i32>(cut, missingLeft ? 1 : 0, 28);
}

/** Moves the left side's rows to the front. Returns where the right side begins. */
function divide(start: i32, end: i32): i32 {
  const missingLeft = load<i32>(cut, 28);
  if ((flags & RANDOM) !== 0) {
    const values = load<usize>(VALUES) + (<usize>bestFeature << 2);
    return divideBy<f32>(order, spare, start, end, values, <usize>features << 2, bestThreshold, 0, missingLeft);
  }
  const feature = table + (<usize>bestFeature << 4);
  const bins = load<usize>(feature);
  const last = load<i32>(cut, 24);
  const width = widthOf(feature);
  return (flags & WIDE) !== 0
    ? divideBy<i32>(order, spare, start, end, bins, 4, last, width, missingLeft)
    : divideBy<u8>(order, spare, start, end, bins, 1, <u8>last, <u8>width, missingLeft);
}
