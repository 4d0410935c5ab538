/**
 * Gradient boosted trees with log loss. J. Friedman, "Greedy function approximation", 2001; second-order gains and
 * leaf values of T. Chen and C. Guestrin, "XGBoost", KDD 2016 (eq. 5 and 7); leaf-wise growth over histograms and the
 * subtraction of a child's histogram from its parent's, G. Ke et al., "LightGBM", NeurIPS 2017.
 */
import type { Matrix } from './matrix';
import { binFeatures, type Binned } from './trees/binned';
import { leafOf, TreeBuilder, type Tree } from './trees/tree';

export interface GradientBoostingOptions {
  readonly nEstimators: number;
  readonly learningRate: number;
  readonly maxLeafNodes: number;
  readonly maxDepth: number | null;
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
}

export interface GradientBoostingModel {
  readonly algorithm: 'gradient-boosting';
  /** Trees per iteration: one for two classes, one per class for more. */
  readonly trees: readonly (readonly Tree[])[];
  /** Raw score before the first tree, per output. */
  readonly base: readonly number[];
  readonly classes: number;
}

export function fitGradientBoosting(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: GradientBoostingOptions,
): GradientBoostingModel {
  const data = binFeatures(x);
  const outputs = classes === 2 ? 1 : classes;
  const shares = Array.from(
    { length: classes },
    (_, c) => y.reduce((n, label) => n + (label === c ? 1 : 0), 0) / y.length,
  );
  const base =
    outputs === 1
      ? [Math.fround(Math.log((shares[1] ?? 0.5) / (1 - (shares[1] ?? 0.5))))]
      : shares.map((share) => Math.fround(Math.log(Math.max(share, 1e-9))));
  const raw = base.map((score) => new Float64Array(x.rows).fill(score));
  const gradient = new Float64Array(x.rows);
  const hessian = new Float64Array(x.rows);
  const trees: Tree[][] = [];
  for (let iteration = 0; iteration < options.nEstimators; iteration++) {
    const probabilities = probabilitiesOf(raw);
    const round: Tree[] = [];
    for (let output = 0; output < outputs; output++) {
      const positive = outputs === 1 ? 1 : output;
      const p = probabilities[positive] ?? gradient;
      for (let row = 0; row < x.rows; row++) {
        const probability = p[row] ?? 0;
        gradient[row] = probability - (y[row] === positive ? 1 : 0);
        hessian[row] = Math.max(probability * (1 - probability), 1e-16);
      }
      const tree = growTree(data, gradient, hessian, options);
      round.push(tree);
    }
    round.forEach((tree, output) => {
      const scores = raw[output];
      if (scores !== undefined)
        for (let row = 0; row < x.rows; row++)
          scores[row] = (scores[row] ?? 0) + (tree.value[leafOf(tree, x.columns, row)]?.[0] ?? 0);
    });
    trees.push(round);
  }
  return { algorithm: 'gradient-boosting', trees, base, classes };
}

export function predictBoosting(model: GradientBoostingModel, x: Matrix): Float64Array[] {
  const raw = model.base.map((score) => new Float64Array(x.rows).fill(score));
  for (const round of model.trees) {
    round.forEach((tree, output) => {
      const scores = raw[output];
      if (scores !== undefined)
        for (let row = 0; row < x.rows; row++)
          scores[row] = (scores[row] ?? 0) + (tree.value[leafOf(tree, x.columns, row)]?.[0] ?? 0);
    });
  }
  return probabilitiesOf(raw);
}

/** Sigmoid for one score, softmax for several. */
export function probabilitiesOf(raw: readonly Float64Array[]): Float64Array[] {
  const [first] = raw;
  if (first === undefined) return [];
  if (raw.length === 1) {
    const positive = first.map((score) => 1 / (1 + Math.exp(-score)));
    return [positive.map((p) => 1 - p), positive];
  }
  const result = raw.map(() => new Float64Array(first.length));
  for (let row = 0; row < first.length; row++) {
    const highest = Math.max(...raw.map((scores) => scores[row] ?? 0));
    const exps = raw.map((scores) => Math.exp((scores[row] ?? 0) - highest));
    const sum = exps.reduce((total, e) => total + e, 0);
    exps.forEach((e, c) => {
      const column = result[c];
      if (column !== undefined) column[row] = e / sum;
    });
  }
  return result;
}

interface Leaf {
  readonly node: number;
  readonly rows: Int32Array;
  readonly depth: number;
  readonly histogram: Float64Array;
  readonly gradient: number;
  readonly hessian: number;
  readonly split: { readonly gain: number; readonly feature: number; readonly bin: number } | undefined;
}

function growTree(
  data: Binned,
  gradient: Float64Array,
  hessian: Float64Array,
  options: GradientBoostingOptions,
): Tree {
  const builder = new TreeBuilder();
  const offsets: number[] = [];
  let size = 0;
  for (const edges of data.edges) {
    offsets.push(size);
    size += (edges.length + 1) * 3;
  }
  const histogramOf = (rows: Int32Array): Float64Array => {
    const histogram = new Float64Array(size);
    data.bins.forEach((bins, f) => {
      const offset = offsets[f] ?? 0;
      for (const row of rows) {
        const at = offset + (bins[row] ?? 0) * 3;
        histogram[at] = (histogram[at] ?? 0) + (gradient[row] ?? 0);
        histogram[at + 1] = (histogram[at + 1] ?? 0) + (hessian[row] ?? 0);
        histogram[at + 2] = (histogram[at + 2] ?? 0) + 1;
      }
    });
    return histogram;
  };
  const leafOfRows = (rows: Int32Array, depth: number, histogram: Float64Array): Leaf => {
    let g = 0;
    let h = 0;
    for (const row of rows) {
      g += gradient[row] ?? 0;
      h += hessian[row] ?? 0;
    }
    const node = builder.leaf([Math.fround((-g / (h + options.l2Regularization)) * options.learningRate)]);
    const deep = options.maxDepth !== null && depth >= options.maxDepth;
    return {
      node,
      rows,
      depth,
      histogram,
      gradient: g,
      hessian: h,
      split: deep ? undefined : bestSplit(data, offsets, histogram, g, h, rows.length, options),
    };
  };
  const all = Int32Array.from({ length: data.rows }, (_, i) => i);
  const leaves: Leaf[] = [leafOfRows(all, 0, histogramOf(all))];
  while (leaves.length < options.maxLeafNodes) {
    let at = -1;
    leaves.forEach((leaf, i) => {
      if (leaf.split !== undefined && (at < 0 || leaf.split.gain > (leaves[at]?.split?.gain ?? 0))) at = i;
    });
    const leaf = leaves[at];
    if (leaf?.split === undefined) break;
    const { feature, bin } = leaf.split;
    const bins = data.bins[feature] ?? new Uint8Array();
    const leftRows = leaf.rows.filter((row) => (bins[row] ?? 0) <= bin);
    const rightRows = leaf.rows.filter((row) => (bins[row] ?? 0) > bin);
    const leftSmaller = leftRows.length <= rightRows.length;
    const small = histogramOf(leftSmaller ? leftRows : rightRows);
    const large = leaf.histogram.map((value, i) => value - (small[i] ?? 0));
    const left = leafOfRows(leftRows, leaf.depth + 1, leftSmaller ? small : large);
    const right = leafOfRows(rightRows, leaf.depth + 1, leftSmaller ? large : small);
    builder.split(leaf.node, feature, data.edges[feature]?.[bin] ?? 0, left.node, right.node);
    leaves.splice(at, 1, left, right);
  }
  return builder;
}

function bestSplit(
  data: Binned,
  offsets: readonly number[],
  histogram: Float64Array,
  g: number,
  h: number,
  count: number,
  options: GradientBoostingOptions,
): Leaf['split'] {
  const lambda = options.l2Regularization;
  const score = (gradient: number, hessian: number) => (gradient * gradient) / (hessian + lambda);
  const whole = score(g, h);
  let best: Leaf['split'];
  data.edges.forEach((edges, feature) => {
    let at = offsets[feature] ?? 0;
    let leftG = 0;
    let leftH = 0;
    let leftCount = 0;
    for (let bin = 0; bin < edges.length; bin++, at += 3) {
      leftG += histogram[at] ?? 0;
      leftH += histogram[at + 1] ?? 0;
      leftCount += histogram[at + 2] ?? 0;
      if (leftCount < options.minSamplesLeaf) continue;
      if (count - leftCount < options.minSamplesLeaf) break;
      const gain = score(leftG, leftH) + score(g - leftG, h - leftH) - whole;
      if (gain > 1e-9 && gain > (best?.gain ?? 0)) best = { gain, feature, bin };
    }
  });
  return best;
}
