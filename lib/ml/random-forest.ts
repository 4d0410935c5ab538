/**
 * Random forest of classification trees. L. Breiman, "Random Forests", Machine Learning 45, 2001; each tree on a
 * bootstrap sample, each split over a random subset of the features, by Gini impurity over binned values; the forest's
 * probability is the mean of the leaves' class shares.
 */
import type { Matrix } from './matrix';
import { Random } from './random';
import { binFeatures, type Binned } from './trees/binned';
import { leafOf, TreeBuilder, type Tree } from './trees/tree';

export interface RandomForestOptions {
  readonly nEstimators: number;
  readonly maxDepth: number | null;
  readonly minSamplesLeaf: number;
  readonly maxFeatures: 'sqrt' | 'log2' | number;
  readonly seed: number;
}

export interface RandomForestModel {
  readonly algorithm: 'random-forest';
  readonly trees: readonly Tree[];
  readonly classes: number;
}

export function fitRandomForest(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: RandomForestOptions,
): RandomForestModel {
  const binned = binFeatures(x);
  const trees = Array.from({ length: options.nEstimators }, (_, t) =>
    growTree(binned, y, classes, options, new Random(options.seed * 1_000_003 + t)),
  );
  return { algorithm: 'random-forest', trees, classes };
}

export function predictForest(model: RandomForestModel, x: Matrix): Float64Array[] {
  const result = Array.from({ length: model.classes }, () => new Float64Array(x.rows));
  for (const tree of model.trees) {
    for (let row = 0; row < x.rows; row++) {
      const leaf = tree.value[leafOf(tree, x.columns, row)] ?? [];
      leaf.forEach((share, c) => {
        const column = result[c];
        if (column !== undefined) column[row] = (column[row] ?? 0) + share / model.trees.length;
      });
    }
  }
  return result;
}

function growTree(
  data: Binned,
  y: Int32Array,
  classes: number,
  options: RandomForestOptions,
  random: Random,
): Tree {
  const builder = new TreeBuilder();
  const sample = Int32Array.from({ length: data.rows }, () => random.below(data.rows)).sort();
  const features = data.bins.length;
  const tried = triedFeatures(options.maxFeatures, features);
  const order = Array.from({ length: features }, (_, i) => i);
  const grow = (rows: Int32Array, depth: number): number => {
    const counts = new Float64Array(classes);
    for (const row of rows) counts[y[row] ?? 0] = (counts[y[row] ?? 0] ?? 0) + 1;
    const node = builder.leaf([...counts].map((count) => Math.fround(count / rows.length)));
    const pure = counts.some((count) => count === rows.length);
    if (
      pure ||
      rows.length < 2 * options.minSamplesLeaf ||
      (options.maxDepth !== null && depth >= options.maxDepth)
    )
      return node;
    const split = bestSplit(data, y, rows, counts, order, tried, options.minSamplesLeaf, random);
    if (split === undefined) return node;
    const bins = data.bins[split.feature] ?? new Uint8Array();
    const left = rows.filter((row) => (bins[row] ?? 0) <= split.bin);
    const right = rows.filter((row) => (bins[row] ?? 0) > split.bin);
    const leftNode = grow(left, depth + 1);
    const rightNode = grow(right, depth + 1);
    builder.split(node, split.feature, data.edges[split.feature]?.[split.bin] ?? 0, leftNode, rightNode);
    return node;
  };
  grow(sample, 0);
  return builder;
}

/** The split with the lowest weighted Gini impurity among random features; more are tried while none of them splits. */
function bestSplit(
  data: Binned,
  y: Int32Array,
  rows: Int32Array,
  counts: Float64Array,
  order: number[],
  tried: number,
  minSamplesLeaf: number,
  random: Random,
): { feature: number; bin: number } | undefined {
  const classes = counts.length;
  let best: { feature: number; bin: number } | undefined;
  // Maximising the sum of squared class counts over the size of each side minimises Gini.
  let bestScore = counts.reduce((sum, count) => sum + count * count, 0) / rows.length + 1e-9;
  for (let i = 0; i < order.length; i++) {
    if (i >= tried && best !== undefined) break;
    const j = i + random.below(order.length - i);
    const feature = order[j] ?? 0;
    order[j] = order[i] ?? 0;
    order[i] = feature;
    const bins = data.bins[feature] ?? new Uint8Array();
    const width = (data.edges[feature]?.length ?? 0) + 1;
    if (width < 2) continue;
    const histogram = new Float64Array(width * classes);
    for (const row of rows) {
      const at = (bins[row] ?? 0) * classes + (y[row] ?? 0);
      histogram[at] = (histogram[at] ?? 0) + 1;
    }
    const left = new Float64Array(classes);
    let leftCount = 0;
    for (let bin = 0; bin < width - 1; bin++) {
      let leftScore = 0;
      let rightScore = 0;
      for (let c = 0; c < classes; c++) {
        const count = histogram[bin * classes + c] ?? 0;
        leftCount += count;
        const onLeft = (left[c] ?? 0) + count;
        left[c] = onLeft;
        leftScore += onLeft * onLeft;
        rightScore += ((counts[c] ?? 0) - onLeft) ** 2;
      }
      const rightCount = rows.length - leftCount;
      if (leftCount < minSamplesLeaf || rightCount < minSamplesLeaf) continue;
      const score = leftScore / leftCount + rightScore / rightCount;
      if (score > bestScore) {
        bestScore = score;
        best = { feature, bin };
      }
    }
  }
  return best;
}

function triedFeatures(maxFeatures: RandomForestOptions['maxFeatures'], features: number): number {
  const wanted =
    maxFeatures === 'sqrt'
      ? Math.sqrt(features)
      : maxFeatures === 'log2'
        ? Math.log2(features)
        : maxFeatures < 1
          ? maxFeatures * features
          : maxFeatures;
  return Math.min(features, Math.max(1, Math.floor(wanted)));
}
