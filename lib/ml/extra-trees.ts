/**
 * Extremely randomised trees. P. Geurts, D. Ernst and L. Wehenkel, Machine Learning 63, 2006: cuts drawn at random, the
 * best of a few features taken, all rows for every tree.
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

/** `maxFeatures` is 'sqrt' by default, `bootstrap` false. */
export interface ExtraTreesOptions extends ForestLimits, ClassWeightOptions, Criterion {}

/** `maxFeatures` is 'all' by default, `bootstrap` false. */
export interface ExtraTreesRegressorOptions extends ForestLimits, WeightOptions {}

export type ExtraTreesModel = ForestClassifier<'extra-trees'>;
export type ExtraTreesRegressorModel = ForestRegressor<'extra-trees-regressor'>;

const PLAN = {
  splitter: 'random',
  maxBins: Number.POSITIVE_INFINITY,
  nEstimators: 100,
  bootstrap: false,
} as const;

/** @param y class numbers from 0, one per row @throws RangeError for input or weights that do not fit */
export function fitExtraTrees(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: ExtraTreesOptions = {},
): ExtraTreesModel {
  return fitForestClassifier('extra-trees', x, y, classes, options, { ...PLAN, maxFeatures: 'sqrt' });
}

/** @param y numbers, one per row @throws RangeError for input or weights that do not fit */
export function fitExtraTreesRegressor(
  x: Matrix,
  y: Float64Array,
  options: ExtraTreesRegressorOptions = {},
): ExtraTreesRegressorModel {
  return fitForestRegressor('extra-trees-regressor', x, y, options, { ...PLAN, maxFeatures: 'all' });
}
