/** Sums of leaf values over trees, block of rows by block of rows, so that a block's features stay in the cache. */
import type { Matrix } from '../matrix';
import type { Tree } from './tree';

const BLOCK = 256;

/**
 * Adds the leaf values of every tree to `sums`, one array of rows per output.
 * @param outputOf the output that the first value of a tree's leaf counts for; the others follow it
 */
export function addTrees(
  trees: readonly Tree[],
  x: Pick<Matrix, 'rows' | 'columns'>,
  sums: readonly Float64Array[],
  outputOf: (tree: number) => number = () => 0,
): void {
  const width = x.columns.length;
  const block = new Float32Array(Math.min(BLOCK, x.rows) * width);
  const packed = trees.map(packedOf);
  for (let from = 0; from < x.rows; from += BLOCK) {
    const rows = Math.min(BLOCK, x.rows - from);
    let complete = true;
    x.columns.forEach((column, f) => {
      for (let i = 0; i < rows; i++) {
        const value = column[from + i]!;
        block[i * width + f] = value;
        if (value !== value) complete = false;
      }
    });
    packed.forEach((tree, t) => {
      const first = outputOf(t);
      // Four rows at a time, and what is left one by one; so are rows with gaps and trees with sets of categories.
      const done = complete && tree.plain ? addFours(tree, block, width, rows, from, sums, first) : 0;
      addTree(tree, block, width, done, rows, from, sums, first);
    });
  }
}

/** A model that is served scores a row at a time: packing its trees again would take longer than the row. */
const packedTrees = new WeakMap<Tree, PackedTree>();

function packedOf(tree: Tree): PackedTree {
  let packed = packedTrees.get(tree);
  if (packed === undefined) {
    packed = pack(tree);
    packedTrees.set(tree, packed);
  }
  return packed;
}

/**
 * A node's four numbers side by side, so that a step reads one line of the cache: feature, threshold, left, right. A
 * leaf's children are itself.
 */
interface PackedTree {
  readonly ints: Int32Array;
  /** The same bytes: thresholds. */
  readonly floats: Float32Array;
  readonly plain: boolean;
  readonly tree: Tree;
}

function pack(tree: Tree): PackedTree {
  const size = tree.left.length;
  const ints = new Int32Array(size * 4);
  const floats = new Float32Array(ints.buffer);
  let plain = true;
  for (let node = 0; node < size; node++) {
    const at = node * 4;
    ints[at] = tree.feature[node]!;
    // 0 for −0, whose difference from 0 would be negative.
    floats[at + 1] = tree.threshold[node]! + 0;
    const leaf = tree.left[node] === 0;
    ints[at + 2] = leaf ? at : tree.left[node]! * 4;
    ints[at + 3] = leaf ? at : tree.right[node]! * 4;
    if (tree.equals[node] === 1 || !Number.isFinite(tree.threshold[node]!)) plain = false;
  }
  return { ints, floats, plain, tree };
}

/** The sign of a float64 is the highest bit of its second half (little-endian, as all that Node runs on). */
const gaps = new Float64Array(4);
const signs = new Uint32Array(gaps.buffer);

/**
 * Four rows step down side by side, without a branch that would be foretold wrongly half of the time: the sign of
 * threshold − value says which child comes next.
 * @returns rows that are done, a multiple of 4
 */
function addFours(
  { ints, floats, tree }: PackedTree,
  block: Float32Array,
  width: number,
  rows: number,
  from: number,
  sums: readonly Float64Array[],
  first: number,
): number {
  const { value, outputs } = tree;
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const row0 = i * width;
    const row1 = row0 + width;
    const row2 = row1 + width;
    const row3 = row2 + width;
    let at0 = 0;
    let at1 = 0;
    let at2 = 0;
    let at3 = 0;
    for (;;) {
      gaps[0] = floats[at0 + 1]! - block[row0 + ints[at0]!]!;
      gaps[1] = floats[at1 + 1]! - block[row1 + ints[at1]!]!;
      gaps[2] = floats[at2 + 1]! - block[row2 + ints[at2]!]!;
      gaps[3] = floats[at3 + 1]! - block[row3 + ints[at3]!]!;
      const next0 = ints[at0 + 2 + (signs[1]! >>> 31)]!;
      const next1 = ints[at1 + 2 + (signs[3]! >>> 31)]!;
      const next2 = ints[at2 + 2 + (signs[5]! >>> 31)]!;
      const next3 = ints[at3 + 2 + (signs[7]! >>> 31)]!;
      if (next0 === at0 && next1 === at1 && next2 === at2 && next3 === at3) break;
      at0 = next0;
      at1 = next1;
      at2 = next2;
      at3 = next3;
    }
    for (let k = 0; k < outputs; k++) {
      const sum = sums[first + k]!;
      sum[from + i]! += value[(at0 >> 2) * outputs + k]!;
      sum[from + i + 1]! += value[(at1 >> 2) * outputs + k]!;
      sum[from + i + 2]! += value[(at2 >> 2) * outputs + k]!;
      sum[from + i + 3]! += value[(at3 >> 2) * outputs + k]!;
    }
  }
  return i;
}

function addTree(
  packed: PackedTree,
  block: Float32Array,
  width: number,
  start: number,
  rows: number,
  from: number,
  sums: readonly Float64Array[],
  first: number,
): void {
  const { value, outputs } = packed.tree;
  for (let i = start; i < rows; i++) {
    const at = (leafAt(packed, block, i * width) >> 2) * outputs;
    for (let k = 0; k < outputs; k++) sums[first + k]![from + i]! += value[at + k]!;
  }
}

function leafAt({ ints, floats, plain, tree }: PackedTree, features: Float32Array, offset: number): number {
  for (let at = 0; ;) {
    const value = features[offset + ints[at]!]!;
    const cut = floats[at + 1]!;
    const left = plain || tree.equals[at >> 2] === 0 ? value <= cut : value === cut;
    const next = left || (value !== value && tree.missingLeft[at >> 2] === 1) ? ints[at + 2]! : ints[at + 3]!;
    if (next === at) return at;
    at = next;
  }
}
