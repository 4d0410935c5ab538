/**
 * Shapley values of trees: what each feature added to the prediction of a row. Exact, in time of the leaves times the
 * squared depth: S. Lundberg, G. Erion and S. Lee, "Consistent individualized feature attribution for tree ensembles",
 * 2018, algorithm 2. A feature that is not known is averaged over by the share of the training rows that went each way,
 * `feature_perturbation='tree_path_dependent'` of the Python package shap.
 */
import type { Matrix } from '../matrix';
import { goesLeft, type Tree } from '../trees/tree';

export interface TreeShap {
  /** Mean prediction over the training rows, per output. */
  readonly expected: Float64Array;
  /** `values[output][feature][row]`: with `expected` they sum to the prediction. */
  readonly values: readonly (readonly Float64Array[])[];
}

/** Features of the path from the root: shares of rows that flow on with the feature unknown (zero) and known (one). */
interface Path {
  readonly feature: Int32Array;
  readonly zero: Float64Array;
  readonly one: Float64Array;
  readonly weight: Float64Array;
}

/**
 * Of the sum of the trees' leaf values, as `addTrees` gives it.
 * @param outputOf the output that the first value of a tree's leaf counts for
 * @throws RangeError for a tree whose nodes do not know their rows: give it `withCover`
 */
export function treeShap(
  trees: readonly Tree[],
  x: Pick<Matrix, 'rows' | 'columns'>,
  outputs: number,
  outputOf: (tree: number) => number = () => 0,
): TreeShap {
  const expected = new Float64Array(outputs);
  const values = Array.from({ length: outputs }, () => x.columns.map(() => new Float64Array(x.rows)));
  trees.forEach((tree, t) => {
    const first = outputOf(t);
    const depth = depthOf(tree);
    if (!(tree.cover[0]! > 0))
      throw new RangeError(
        `Tree ${t} does not know how many rows went through its nodes. Count them by rows of your own: withCover(tree, rows).`,
      );
    meanLeaf(tree).forEach((value, k) => (expected[first + k]! += value));
    const paths = Array.from({ length: depth + 2 }, (): Path => ({
      feature: new Int32Array(depth + 2),
      zero: new Float64Array(depth + 2),
      one: new Float64Array(depth + 2),
      weight: new Float64Array(depth + 2),
    }));
    for (let row = 0; row < x.rows; row++) walkRow(tree, x, row, paths, values, first);
  });
  return { expected, values };
}

function walkRow(
  tree: Tree,
  x: Pick<Matrix, 'columns'>,
  row: number,
  paths: readonly Path[],
  values: TreeShap['values'],
  first: number,
): void {
  visit(0, 0, 0, 1, 1, -1);

  function visit(
    node: number,
    level: number,
    length: number,
    zero: number,
    one: number,
    feature: number,
  ): void {
    const path = paths[level]!;
    if (level > 0) copy(paths[level - 1]!, path, length);
    extend(path, length, zero, one, feature);
    if (tree.left[node] === 0) {
      leaf(node, path, length);
      return;
    }
    const split = tree.feature[node]!;
    const left = goesLeft(tree, node, x.columns[split]![row]!);
    const right = rightShare(tree, node);
    let zeroBefore = 1;
    let oneBefore = 1;
    let last = length;
    for (let i = 1; i <= length; i++)
      if (path.feature[i] === split) {
        zeroBefore = path.zero[i]!;
        oneBefore = path.one[i]!;
        unwind(path, length, i);
        last--;
        break;
      }
    // Both children go on from this path: the deeper levels copy it. Where nothing flows on, nothing is added.
    const go = (child: number, share: number, known: number) => {
      if (share > 0 || known > 0) visit(child, level + 1, last + 1, zeroBefore * share, known, split);
    };
    go(tree.left[node]!, 1 - right, left ? oneBefore : 0);
    go(tree.right[node]!, right, left ? 0 : oneBefore);
  }

  function leaf(node: number, path: Path, length: number): void {
    for (let i = 1; i <= length; i++) {
      const share = unwoundSum(path, length, i) * (path.one[i]! - path.zero[i]!);
      if (share === 0) continue;
      for (let k = 0; k < tree.outputs; k++)
        values[first + k]![path.feature[i]!]![row]! += share * tree.value[node * tree.outputs + k]!;
    }
  }
}

function copy(from: Path, to: Path, length: number): void {
  for (let i = 0; i < length; i++) {
    to.feature[i] = from.feature[i]!;
    to.zero[i] = from.zero[i]!;
    to.one[i] = from.one[i]!;
    to.weight[i] = from.weight[i]!;
  }
}

/** Puts a feature at the end: weights then hold, for each size, the chance of such a set of known features. */
function extend(path: Path, length: number, zero: number, one: number, feature: number): void {
  path.feature[length] = feature;
  path.zero[length] = zero;
  path.one[length] = one;
  path.weight[length] = length === 0 ? 1 : 0;
  for (let i = length - 1; i >= 0; i--) {
    path.weight[i + 1]! += (one * path.weight[i]! * (i + 1)) / (length + 1);
    path.weight[i] = (zero * path.weight[i]! * (length - i)) / (length + 1);
  }
}

/** Takes feature `at` out again. */
function unwind(path: Path, length: number, at: number): void {
  const one = path.one[at]!;
  const zero = path.zero[at]!;
  let next = path.weight[length]!;
  for (let i = length - 1; i >= 0; i--) {
    if (one !== 0) {
      const before = path.weight[i]!;
      path.weight[i] = (next * (length + 1)) / ((i + 1) * one);
      next = before - (path.weight[i]! * zero * (length - i)) / (length + 1);
    } else path.weight[i] = (path.weight[i]! * (length + 1)) / (zero * (length - i));
  }
  for (let i = at; i < length; i++) {
    path.feature[i] = path.feature[i + 1]!;
    path.zero[i] = path.zero[i + 1]!;
    path.one[i] = path.one[i + 1]!;
  }
}

/** Sum of the weights without feature `at`. */
function unwoundSum(path: Path, length: number, at: number): number {
  const one = path.one[at]!;
  const zero = path.zero[at]!;
  let next = path.weight[length]!;
  let total = 0;
  for (let i = length - 1; i >= 0; i--) {
    if (one !== 0) {
      const weight = (next * (length + 1)) / ((i + 1) * one);
      total += weight;
      next = path.weight[i]! - (weight * zero * (length - i)) / (length + 1);
    } else if (zero !== 0) total += (path.weight[i]! * (length + 1)) / (zero * (length - i));
  }
  return total;
}

/** Mean leaf over the training rows. */
function meanLeaf(tree: Tree): Float64Array {
  const mean = new Float64Array(tree.outputs);
  const visit = (node: number, share: number): void => {
    if (tree.left[node] === 0) {
      for (let k = 0; k < tree.outputs; k++) mean[k]! += share * tree.value[node * tree.outputs + k]!;
      return;
    }
    const right = rightShare(tree, node);
    visit(tree.left[node]!, share * (1 - right));
    visit(tree.right[node]!, share * right);
  };
  visit(0, 1);
  return mean;
}

/** By the right child: a split by a set of categories shares its left one with the node after it. */
function rightShare(tree: Tree, node: number): number {
  const all = tree.cover[node]!;
  return all === 0 ? 0.5 : tree.cover[tree.right[node]!]! / all;
}

function depthOf(tree: Tree): number {
  const visit = (node: number): number =>
    tree.left[node] === 0 ? 0 : 1 + Math.max(visit(tree.left[node]!), visit(tree.right[node]!));
  return visit(0);
}

/** The tree with the rows of `x` counted in each node, for a tree from a file, which does not keep them. */
export function withCover(tree: Tree, x: Pick<Matrix, 'rows' | 'columns'>): Tree {
  const cover = new Float64Array(tree.left.length);
  for (let row = 0; row < x.rows; row++) {
    let node = 0;
    cover[0]!++;
    while (tree.left[node] !== 0) {
      const value = x.columns[tree.feature[node]!]![row]!;
      node = goesLeft(tree, node, value) ? tree.left[node]! : tree.right[node]!;
      cover[node]!++;
    }
  }
  return { ...tree, cover };
}
