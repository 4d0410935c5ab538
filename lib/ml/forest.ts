/** What decision trees, random forests and extra trees share: trees grown apart, their leaves averaged. */
import { checkClasses, checkNumbers, checkTarget, checkWarmStart } from './check-input';
import { withKernel, type Threads } from './kernel/kernel';
import type { Matrix } from './matrix';
import { classRowWeights, rowWeights, type ClassWeightOptions, type WeightOptions } from './sample-weight';
import { binFeatures } from './trees/binned';
import { ForestGrower, type Target } from './trees/grow-forest';
import { featuresTried, type MaxFeatures } from './trees/max-features';
import { addTrees } from './trees/predict-trees';
import { featureImportances, type Tree } from './trees/tree';

export interface TreeLimits {
  /** @default null, unlimited */
  readonly maxDepth?: number | null;
  /** @default 2 */
  readonly minSamplesSplit?: number;
  /** @default 1 */
  readonly minSamplesLeaf?: number;
  /** Least fall of the impurity a split must bring, weighted by the node's share of all rows. @default 0 */
  readonly minImpurityDecrease?: number;
  /** Features looked at per node. */
  readonly maxFeatures?: MaxFeatures;
}

export interface ForestLimits extends TreeLimits {
  /** Trees. @default 100 */
  readonly nEstimators?: number;
  /** Draw the rows of each tree with replacement. */
  readonly bootstrap?: boolean;
  /** Rows drawn per tree, as a share. @default 1 */
  readonly maxSamples?: number;
  /** @default 0 */
  readonly seed?: number;
  /** Threads to grow trees on; the forest is the same whatever their number. @default 1 */
  readonly threads?: Threads;
  /**
   * Trees of a forest of the same features: kept, and as many are grown as `nEstimators` asks for in all (scikit-learn's
   * `warm_start`). @default none
   */
  readonly warmStart?: readonly Tree[] | undefined;
}

/** Impurity of a node with several classes. @default 'gini' */
export interface Criterion {
  readonly criterion?: 'gini' | 'entropy';
}

export interface ForestClassifier<Name extends string> {
  readonly algorithm: Name;
  readonly trees: readonly Tree[];
  readonly classes: number;
  /** Share of each feature in the fall of the impurity. */
  readonly featureImportances: readonly number[];
}

export interface ForestRegressor<Name extends string> {
  readonly algorithm: Name;
  readonly trees: readonly Tree[];
  readonly featureImportances: readonly number[];
}

interface Plan {
  readonly splitter: 'best' | 'random';
  /** Bins per feature; infinity tries every cut. Random cuts need none. */
  readonly maxBins: number;
  readonly nEstimators: number;
  readonly bootstrap: boolean;
  readonly maxFeatures: MaxFeatures;
}

export function fitForestClassifier<Name extends string>(
  algorithm: Name,
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: ForestLimits & ClassWeightOptions & Criterion,
  plan: Plan,
): ForestClassifier<Name> {
  checkTarget(x, y);
  checkClasses(y, classes);
  const weights = classRowWeights(y, classes, options);
  const trees = growAll(x, { kind: 'classes', y, classes }, weights, options, plan);
  return { algorithm, trees, classes, featureImportances: [...featureImportances(trees, x.columns.length)] };
}

export function fitForestRegressor<Name extends string>(
  algorithm: Name,
  x: Matrix,
  y: Float64Array,
  options: ForestLimits & WeightOptions,
  plan: Plan,
): ForestRegressor<Name> {
  checkTarget(x, y);
  checkNumbers(y);
  const trees = growAll(x, { kind: 'numbers', y }, rowWeights(x.rows, options), options, plan);
  return { algorithm, trees, featureImportances: [...featureImportances(trees, x.columns.length)] };
}

function growAll(
  x: Matrix,
  target: Target,
  weights: Float64Array | undefined,
  options: ForestLimits & Criterion,
  plan: Plan,
): Tree[] {
  const kept = options.warmStart ?? [];
  const wanted = options.nEstimators ?? plan.nEstimators;
  checkWarmStart(wanted, kept.length);
  const drawn = Math.max(1, Math.round((options.maxSamples ?? 1) * x.rows));
  const added = withKernel(options.threads ?? 1, (kernel) => {
    const grower = new ForestGrower(
      kernel,
      plan.splitter === 'random'
        ? { kind: 'random', x }
        : { kind: 'best', data: binFeatures(kernel, x, { maxBins: plan.maxBins }) },
      target,
      weights,
      {
        maxDepth: options.maxDepth ?? null,
        minSamplesSplit: options.minSamplesSplit ?? 2,
        minSamplesLeaf: options.minSamplesLeaf ?? 1,
        minImpurityDecrease: options.minImpurityDecrease ?? 0,
        maxFeatures: featuresTried(options.maxFeatures ?? plan.maxFeatures, x.columns.length),
        criterion: options.criterion ?? 'gini',
        drawn: (options.bootstrap ?? plan.bootstrap) ? drawn : 0,
      },
    );
    // As if all had been grown at once.
    const first = (options.seed ?? 0) * 1_000_003 + kept.length;
    return grower.grow(Array.from({ length: wanted - kept.length }, (_, t) => first + t));
  });
  return [...kept, ...added];
}

/** Mean of the leaves' class shares: one array of rows per class. */
export function predictForestProba(
  model: { readonly trees: readonly Tree[]; readonly classes: number },
  x: Matrix,
): Float64Array[] {
  const sums = Array.from({ length: model.classes }, () => new Float64Array(x.rows));
  addTrees(model.trees, x, sums);
  return sums.map((sum) => sum.map((value) => value / model.trees.length));
}

/** Mean of the leaves: one number per row. */
export function predictForest(model: { readonly trees: readonly Tree[] }, x: Matrix): Float64Array {
  const sum = new Float64Array(x.rows);
  addTrees(model.trees, x, [sum]);
  return sum.map((value) => value / model.trees.length);
}
