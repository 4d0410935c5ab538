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
  for (let from = 0; from < x.rows; from += BLOCK) {
    const rows = Math.min(BLOCK, x.rows - from);
    x.columns.forEach((column, f) => {
      for (let i = 0; i < rows; i++) block[i * width + f] = column[from + i]!;
    });
    trees.forEach((tree, t) => addTree(tree, block, width, rows, from, sums, outputOf(t)));
  }
}

/** The leaf of each row. */
export function leavesOf(tree: Tree, x: Pick<Matrix, 'rows' | 'columns'>): Int32Array {
  const width = x.columns.length;
  const one = new Float32Array(width);
  return Int32Array.from({ length: x.rows }, (_, row) => {
    for (let f = 0; f < width; f++) one[f] = x.columns[f]![row]!;
    return leafAt(tree, one, 0);
  });
}

function addTree(
  tree: Tree,
  block: Float32Array,
  width: number,
  rows: number,
  from: number,
  sums: readonly Float64Array[],
  first: number,
): void {
  const { value, outputs } = tree;
  for (let i = 0; i < rows; i++) {
    const at = leafAt(tree, block, i * width) * outputs;
    for (let k = 0; k < outputs; k++) sums[first + k]![from + i]! += value[at + k]!;
  }
}

function leafAt(tree: Tree, features: Float32Array, offset: number): number {
  const { feature, threshold, left, right } = tree;
  let node = 0;
  for (let next = left[0]!; next !== 0; next = left[node]!) {
    const value = features[offset + feature[node]!]!;
    const cut = threshold[node]!;
    if (tree.equals[node] === 0 ? value <= cut : value === cut) node = next;
    else if (value !== value && tree.missingLeft[node] === 1) node = next;
    else node = right[node]!;
  }
  return node;
}
