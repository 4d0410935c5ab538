/** Estimators by name as training tasks fit them: on the rows asked for, calibrated, for classes or numbers. */
import { fitCalibrated, type CalibratedModel } from '../lib/ml/calibration/calibrated-model';
import { stratifiedKFold } from '../lib/ml/cross-validation';
import {
  classifierOf,
  isClassifier,
  isRegressor,
  regressorOf,
  type FitClasses,
  type FitNumbers,
} from '../lib/ml/estimators';
import { takeRows, takeValues, type Matrix } from '../lib/ml/matrix';
import { Random } from '../lib/ml/random';
import { weightsOfRows, type WeightOptions } from '../lib/ml/sample-weight';
import { DoNotRetry } from '../lib/model/errors';
import type { FeatureSet } from '../lib/tasks/dataset';
import type { EstimatorName, EstimatorParams } from '../lib/tasks/estimator';

/** @throws DoNotRetry when it is a regression, and for params it does not take */
export function classifierFor(
  algorithm: EstimatorName,
  params: EstimatorParams,
  train: FeatureSet,
): FitClasses {
  if (isClassifier(algorithm)) return classifierOf(algorithm, params, train.classes);
  throw new DoNotRetry(`${algorithm} fits numbers, but '${train.target}' was prepared as classes.`);
}

/** @throws DoNotRetry when it is a classifier, and for params it does not take */
export function regressorFor(
  algorithm: EstimatorName,
  params: EstimatorParams,
  train: FeatureSet,
): FitNumbers {
  if (isRegressor(algorithm)) return regressorOf(algorithm, params);
  throw new DoNotRetry(`${algorithm} fits classes, but '${train.target}' was prepared as a number.`);
}

/** Row numbers, ascending; all of them when there are no more. */
export function someRows(all: number, wanted: number | undefined, seed: number): number[] {
  const order = Int32Array.from({ length: all }, (_, row) => row);
  if (wanted !== undefined && wanted < all) new Random(seed).shuffle(order);
  return [...order.subarray(0, wanted ?? all)].sort((a, b) => a - b);
}

/** The same fit on some of the rows. */
export function onRows<Y extends Int32Array | Float64Array, M>(
  rows: number | undefined,
  seed: number,
  fit: (x: Matrix, y: Y, weights: WeightOptions) => M,
): (x: Matrix, y: Y, weights: WeightOptions) => M {
  if (rows === undefined) return fit;
  return (x, y, weights) => {
    const taken = someRows(x.rows, rows, seed);
    const values = takeValues(y, taken);
    return fit(
      takeRows(x, taken),
      (y instanceof Int32Array ? Int32Array.from(values) : values) as Y,
      weightsOfRows(weights, taken),
    );
  };
}

export function calibrated(
  x: Matrix,
  y: Int32Array,
  classes: number,
  fit: FitClasses,
  options: {
    readonly method: 'sigmoid' | 'isotonic';
    readonly folds: number;
    readonly seed: number;
    readonly weights: WeightOptions;
  },
): CalibratedModel {
  const splits = stratifiedKFold(y, { nSplits: options.folds, seed: options.seed });
  return fitCalibrated(x, y, classes, fit, splits, options.method, options.weights);
}

/** How far a file may be from the model: a step of an isotonic calibration makes much of a rounding. */
export function toleranceOf(model: CalibratedModel): number {
  let steepest = 0;
  for (const calibrator of model.calibrators)
    if (calibrator.kind === 'isotonic')
      for (let i = 1; i < calibrator.x.length; i++)
        steepest = Math.max(
          steepest,
          (calibrator.y[i]! - calibrator.y[i - 1]!) / (calibrator.x[i]! - calibrator.x[i - 1]!),
        );
  return 1e-5 + 1e-6 * steepest;
}
