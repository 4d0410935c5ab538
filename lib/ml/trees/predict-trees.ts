/** Sums of leaf values over trees: many rows by the kernel, a few here, where nothing has to be laid out for them. */
import type { Matrix } from '../matrix';
import { addTreesInBlocks } from './predict-blocks';
import type { Tree } from './tree';

/** Fewer rows are done sooner than the kernel's memory is filled. */
const FEW = 64;

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
  if (x.rows >= FEW) return addTreesInBlocks(trees, x, sums, outputOf);
  const width = x.columns.length;
  const block = new Float32Array(x.rows * width);
  x.columns.forEach((column, f) => {
    for (let i = 0; i < x.rows; i++) block[i * width + f] = column[i]!;
  });
  trees.forEach((tree, t) => addTree(packedOf(tree), block, width, x.rows, sums, outputOf(t)));
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
    floats[at + 1] = tree.threshold[node]!;
    const leaf = tree.left[node] === 0;
    ints[at + 2] = leaf ? at : tree.left[node]! * 4;
    ints[at + 3] = leaf ? at : tree.right[node]! * 4;
    if (tree.equals[node] === 1) plain = false;
  }
  return { ints, floats, plain, tree };
}

function addTree(
  packed: PackedTree,
  block: Float32Array,
  width: number,
  rows: number,
  sums: readonly Float64Array[],
  first: number,
): void {
  const { value, outputs } = packed.tree;
  for (let i = 0; i < rows; i++) {
    const at = (leafAt(packed, block, i * width) >> 2) * outputs;
    for (let k = 0; k < outputs; k++) sums[first + k]![i]! += value[at + k]!;
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
