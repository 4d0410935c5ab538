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
  const block = new Float32Array(BLOCK * width);
  const packed = trees.map(packedOf);
  for (let from = 0; from < x.rows; from += BLOCK) {
    const rows = Math.min(BLOCK, x.rows - from);
    x.columns.forEach((column, f) => {
      for (let i = 0; i < rows; i++) block[i * width + f] = column[from + i]!;
    });
    packed.forEach((tree, t) => addTree(tree, block, width, rows, from, sums, outputOf(t)));
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

/** A node's four numbers side by side, so that a step reads one line of the cache: feature, threshold, left, right. */
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
    floats[at + 1] = tree.threshold[node]!;
    ints[at + 2] = tree.left[node]! * 4;
    ints[at + 3] = tree.right[node]! * 4;
    if (tree.equals[node] === 1) plain = false;
  }
  return { ints, floats, plain, tree };
}

function addTree(
  packed: PackedTree,
  block: Float32Array,
  width: number,
  rows: number,
  from: number,
  sums: readonly Float64Array[],
  first: number,
): void {
  const { value, outputs } = packed.tree;
  for (let i = 0; i < rows; i++) {
    const at = (leafAt(packed, block, i * width) >> 2) * outputs;
    for (let k = 0; k < outputs; k++) sums[first + k]![from + i]! += value[at + k]!;
  }
}

function leafAt({ ints, floats, plain, tree }: PackedTree, features: Float32Array, offset: number): number {
  let at = 0;
  for (let next = ints[2]!; next !== 0; next = ints[at + 2]!) {
    const value = features[offset + ints[at]!]!;
    const cut = floats[at + 1]!;
    if (plain || tree.equals[at >> 2] === 0 ? value <= cut : value === cut) at = next;
    else if (value !== value && tree.missingLeft[at >> 2] === 1) at = next;
    else at = ints[at + 3]!;
  }
  return at;
}
