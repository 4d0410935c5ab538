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
import { fitDecisionTree, fitDecisionTreeRegressor } from './decision-tree';
import { fitDummy, fitDummyRegressor } from './dummy';
import { fitExtraTrees, fitExtraTreesRegressor } from './extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from './gradient-boosting';
import { fitElasticNet, fitLinearRegression, fitRidge } from './linear-regression';
import { fitLogisticRegression } from './logistic-regression';
import type { Matrix } from './matrix';
import type { ClassifierModel, RegressorModel } from './model';
import { fitNaiveBayes } from './naive-bayes';
import { fitNeighbours, fitNeighboursRegressor } from './nearest-neighbours';
import { fitRandomForest, fitRandomForestRegressor } from './random-forest';
import type { WeightOptions } from './sample-weight';

export type FitClasses = (
  x: Matrix,
  y: Int32Array,
  classes: number,
  weights?: WeightOptions,
) => ClassifierModel;
export type FitNumbers = (x: Matrix, y: Float64Array, weights?: WeightOptions) => RegressorModel;

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
      return (x, y, classes, weights) => fitDecisionTree(x, y, classes, withWeights(options, weights));
    }
    case 'random-forest': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes, weights) => fitRandomForest(x, y, classes, withWeights(options, weights));
    }
    case 'extra-trees': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes, weights) => fitExtraTrees(x, y, classes, withWeights(options, weights));
    }
    case 'gradient-boosting': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes, weights) => fitGradientBoosting(x, y, classes, withWeights(options, weights));
    }
    case 'logistic-regression': {
      const options = weighted(parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params));
      return (x, y, classes, weights) => fitLogisticRegression(x, y, classes, withWeights(options, weights));
    }
    case 'naive-bayes': {
      const options = parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params);
      return (x, y, classes, weights) => fitNaiveBayes(x, y, classes, withWeights(options, weights));
    }
    case 'nearest-neighbours': {
      const options = parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params);
      return (x, y, classes, weights) =>
        fitNeighbours(unweighted(algorithm, x, weights), y, classes, options);
    }
    case 'dummy': {
      const options = parsed(algorithm, CLASSIFIER_PARAMS[algorithm], params);
      return (x, y, classes, weights) => fitDummy(x, y, classes, withWeights(options, weights));
    }
  }
}

/** @throws DoNotRetry for params it does not take */
export function regressorOf(algorithm: RegressorName, params: EstimatorParams): FitNumbers {
  switch (algorithm) {
    case 'random-forest-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitRandomForestRegressor(x, y, withWeights(options, weights));
    }
    case 'gradient-boosting-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitGradientBoostingRegressor(x, y, withWeights(options, weights));
    }
    case 'linear-regression': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitLinearRegression(x, y, withWeights(options, weights));
    }
    case 'ridge': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitRidge(x, y, withWeights(options, weights));
    }
    case 'elastic-net': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitElasticNet(x, y, withWeights(options, weights));
    }
    case 'decision-tree-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitDecisionTreeRegressor(x, y, withWeights(options, weights));
    }
    case 'extra-trees-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitExtraTreesRegressor(x, y, withWeights(options, weights));
    }
    case 'nearest-neighbours-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitNeighboursRegressor(unweighted(algorithm, x, weights), y, options);
    }
    case 'dummy-regressor': {
      const options = parsed(algorithm, REGRESSOR_PARAMS[algorithm], params);
      return (x, y, weights) => fitDummyRegressor(x, y, withWeights(options, weights));
    }
  }
}

const withWeights = <T>(options: T, weights: WeightOptions = {}): T & WeightOptions => ({
  ...options,
  sampleWeight: weights.sampleWeight,
});

/** @throws DoNotRetry for weights, which neighbours do not have (nor has scikit-learn for them) */
function unweighted(algorithm: string, x: Matrix, weights: WeightOptions = {}): Matrix {
  if (weights.sampleWeight === undefined) return x;
  throw new DoNotRetry(
    `${algorithm} takes no weights of rows. Leave out 'sampleWeight', or take another estimator.`,
  );
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
