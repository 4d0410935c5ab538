/** Fits an estimator that is only known when the task runs: by its name and params. */
import type { z } from 'zod';
import { DoNotRetry } from '../model/errors';
import type { ClassWeight } from '../tasks/class-weight';
import {
  CLASSIFIER_PARAMS,
  REGRESSOR_PARAMS,
  type ClassifierName,
  type EstimatorParams,
  type RegressorName,
} from '../tasks/estimator';
import { classWeightsOf } from './class-weights';
import { fitDecisionTree } from './decision-tree';
import { fitExtraTrees } from './extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from './gradient-boosting';
import { fitLinearRegression, fitRidge } from './linear-regression';
import { fitLogisticRegression } from './logistic-regression';
import type { Matrix } from './matrix';
import type { ClassifierModel, RegressorModel } from './model';
import { fitNaiveBayes } from './naive-bayes';
import { fitRandomForest, fitRandomForestRegressor } from './random-forest';

export type FitClasses = (x: Matrix, y: Int32Array, classes: number) => ClassifierModel;
export type FitNumbers = (x: Matrix, y: Float64Array) => RegressorModel;

export function isClassifier(algorithm: string): algorithm is ClassifierName {
  return algorithm in CLASSIFIER_PARAMS;
}

export function isRegressor(algorithm: string): algorithm is RegressorName {
  return algorithm in REGRESSOR_PARAMS;
}

/** @param labels of the classes in their order, for class weights @throws DoNotRetry for params it does not take */
export function classifierOf(
  algorithm: ClassifierName,
  params: EstimatorParams,
  labels: readonly string[],
): FitClasses {
  const weighted = <T extends { readonly classWeight?: ClassWeight }>(options: T) => ({
    ...options,
    classWeight: classWeightsOf(options.classWeight, labels),
  });
  switch (algorithm) {
    case 'decision-tree': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes) => fitDecisionTree(x, y, classes, options);
    }
    case 'random-forest': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes) => fitRandomForest(x, y, classes, options);
    }
    case 'extra-trees': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes) => fitExtraTrees(x, y, classes, options);
    }
    case 'gradient-boosting': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes) => fitGradientBoosting(x, y, classes, options);
    }
    case 'logistic-regression': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes) => fitLogisticRegression(x, y, classes, options);
    }
    case 'naive-bayes': {
      const options = parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params);
      return (x, y, classes) => fitNaiveBayes(x, y, classes, options);
    }
  }
}

/** @throws DoNotRetry for params it does not take */
export function regressorOf(algorithm: RegressorName, params: EstimatorParams): FitNumbers {
  switch (algorithm) {
    case 'random-forest-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y) => fitRandomForestRegressor(x, y, options);
    }
    case 'gradient-boosting-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y) => fitGradientBoostingRegressor(x, y, options);
    }
    case 'linear-regression': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y) => fitLinearRegression(x, y, options);
    }
    case 'ridge': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y) => fitRidge(x, y, options);
    }
  }
}

function parsed<Shape extends z.ZodObject>(
  algorithm: string,
  schema: Shape,
  params: EstimatorParams,
): z.output<Shape> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new DoNotRetry(
    `${algorithm} does not take these params: ${faults.join('; ')}. It takes ${Object.keys(schema.shape).join(', ')}.`,
  );
}
