/**
 * Random forests. L. Breiman, "Random Forests", Machine Learning 45, 2001: each tree on a bootstrap sample, each split
 * over a random subset of the features. Features with more than 255 values are cut at 254 quantiles only, which is
 * where they differ from scikit-learn's.
 */
import {
  fitForestClassifier,
  fitForestRegressor,
  type Criterion,
  type ForestClassifier,
  type ForestLimits,
  type ForestRegressor,
} from './forest';
import type { Matrix } from './matrix';
import type { ClassWeightOptions, WeightOptions } from './sample-weight';
import { MAX_BINS } from './trees/binned';

/** `maxFeatures` is 'sqrt' by default, `bootstrap` true. */
export interface RandomForestOptions extends ForestLimits, ClassWeightOptions, Criterion {}

/** `maxFeatures` is 'all' by default, `bootstrap` true. */
export interface RandomForestRegressorOptions extends ForestLimits, WeightOptions {}

export type RandomForestModel = ForestClassifier<'random-forest'>;
export type RandomForestRegressorModel = ForestRegressor<'random-forest-regressor'>;

const PLAN = { splitter: 'best', maxBins: MAX_BINS, nEstimators: 100, bootstrap: true } as const;

/** @param y class numbers from 0, one per row @throws RangeError for input or weights that do not fit */
export function fitRandomForest(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: RandomForestOptions = {},
): RandomForestModel {
  return fitForestClassifier('random-forest', x, y, classes, options, { ...PLAN, maxFeatures: 'sqrt' });
}

/** @param y numbers, one per row @throws RangeError for input or weights that do not fit */
export function fitRandomForestRegressor(
  x: Matrix,
  y: Float64Array,
  options: RandomForestRegressorOptions = {},
): RandomForestRegressorModel {
  return fitForestRegressor('random-forest-regressor', x, y, options, { ...PLAN, maxFeatures: 'all' });
}
