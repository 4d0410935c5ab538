/** Fitted models of every kind: one `predictProba` for classes, one `predict` for numbers. Data only, safe to copy. */
import type { DecisionTreeModel, DecisionTreeRegressorModel } from './decision-tree';
import { predictDummy, predictDummyProba, type DummyModel, type DummyRegressorModel } from './dummy';
import type { ExtraTreesModel, ExtraTreesRegressorModel } from './extra-trees';
import { predictForest, predictForestProba } from './forest';
import {
  predictBoosting,
  predictBoostingRegressor,
  type GradientBoostingModel,
  type GradientBoostingRegressorModel,
} from './gradient-boosting';
import { predictLinear, type LinearRegressionModel } from './linear-regression';
import { predictLogistic, type LogisticRegressionModel } from './logistic-regression';
import type { Matrix } from './matrix';
import { predictedClasses } from './metrics';
import { predictNaiveBayes, type NaiveBayesModel } from './naive-bayes';
import {
  predictNeighbours,
  predictNeighboursProba,
  type NeighboursModel,
  type NeighboursRegressorModel,
} from './nearest-neighbours';
import type { RandomForestModel, RandomForestRegressorModel } from './random-forest';

export type ClassifierModel =
  | DecisionTreeModel
  | RandomForestModel
  | ExtraTreesModel
  | GradientBoostingModel
  | LogisticRegressionModel
  | NaiveBayesModel
  | NeighboursModel
  | DummyModel;

export type RegressorModel =
  | DecisionTreeRegressorModel
  | RandomForestRegressorModel
  | ExtraTreesRegressorModel
  | GradientBoostingRegressorModel
  | LinearRegressionModel
  | NeighboursRegressorModel
  | DummyRegressorModel;

/** Probability of each class for each row: one array of rows per class. */
export function predictProba(model: ClassifierModel, x: Matrix): Float64Array[] {
  switch (model.algorithm) {
    case 'decision-tree':
    case 'random-forest':
    case 'extra-trees':
      return predictForestProba(model, x);
    case 'gradient-boosting':
      return predictBoosting(model, x);
    case 'logistic-regression':
      return predictLogistic(model, x);
    case 'naive-bayes':
      return predictNaiveBayes(model, x);
    case 'nearest-neighbours':
      return predictNeighboursProba(model, x);
    case 'dummy':
      return predictDummyProba(model, x);
  }
}

/** The most probable class of each row, or the number predicted for it. */
export function predict(model: ClassifierModel, x: Matrix): Int32Array;
export function predict(model: RegressorModel, x: Matrix): Float64Array;
export function predict(model: ClassifierModel | RegressorModel, x: Matrix): Int32Array | Float64Array {
  switch (model.algorithm) {
    case 'decision-tree-regressor':
    case 'random-forest-regressor':
    case 'extra-trees-regressor':
      return predictForest(model, x);
    case 'gradient-boosting-regressor':
      return predictBoostingRegressor(model, x);
    case 'linear-regression':
    case 'ridge':
    case 'elastic-net':
      return predictLinear(model, x);
    case 'nearest-neighbours-regressor':
      return predictNeighbours(model, x);
    case 'dummy-regressor':
      return predictDummy(model, x);
    default:
      return predictedClasses(predictProba(model, x));
  }
}
