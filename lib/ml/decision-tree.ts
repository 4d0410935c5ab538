/**
 * One tree over all cuts of all features. L. Breiman et al., "Classification and Regression Trees", 1984. Equal to
 * scikit-learn's but for cuts of the same gain, among which the seed chooses.
 */
import {
  fitForestClassifier,
  fitForestRegressor,
  type Criterion,
  type ForestClassifier,
  type ForestRegressor,
  type TreeLimits,
} from './forest';
import type { Matrix } from './matrix';
import type { ClassWeightOptions, WeightOptions } from './sample-weight';

interface Seeded {
  /** Chooses among cuts of the same gain and the features of `maxFeatures`. @default 0 */
  readonly seed?: number;
}

/** `maxFeatures` is 'all' by default. */
export interface DecisionTreeOptions extends TreeLimits, ClassWeightOptions, Criterion, Seeded {}
export interface DecisionTreeRegressorOptions extends TreeLimits, WeightOptions, Seeded {}

export type DecisionTreeModel = ForestClassifier<'decision-tree'>;
export type DecisionTreeRegressorModel = ForestRegressor<'decision-tree-regressor'>;

const PLAN = {
  splitter: 'best',
  maxBins: Number.POSITIVE_INFINITY,
  nEstimators: 1,
  bootstrap: false,
  maxFeatures: 'all',
} as const;

/** @param y class numbers from 0, one per row @throws RangeError for input or weights that do not fit */
export function fitDecisionTree(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: DecisionTreeOptions = {},
): DecisionTreeModel {
  return fitForestClassifier('decision-tree', x, y, classes, options, PLAN);
}

/** @param y numbers, one per row @throws RangeError for input or weights that do not fit */
export function fitDecisionTreeRegressor(
  x: Matrix,
  y: Float64Array,
  options: DecisionTreeRegressorOptions = {},
): DecisionTreeRegressorModel {
  return fitForestRegressor('decision-tree-regressor', x, y, options, PLAN);
}
