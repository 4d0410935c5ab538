/** Models made of others beside plain ones: what a task may save. */
import { predictCalibrated, type CalibratedModel } from './calibration/calibrated-model';
import {
  predictStacking,
  predictStackingRegressor,
  type StackingModel,
  type StackingRegressorModel,
} from './ensembles/stacking';
import {
  predictVoting,
  predictVotingRegressor,
  type VotingModel,
  type VotingRegressorModel,
} from './ensembles/voting';
import type { Matrix } from './matrix';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from './model';

export type CompositeClassifier = CalibratedModel | VotingModel | StackingModel;
export type CompositeRegressor = VotingRegressorModel | StackingRegressorModel;
export type AnyClassifier = ClassifierModel | CompositeClassifier;
export type AnyRegressor = RegressorModel | CompositeRegressor;

/** Probability of each class for each row: one array of rows per class. */
export function predictAnyProba(model: AnyClassifier, x: Matrix): Float64Array[] {
  switch (model.algorithm) {
    case 'calibrated':
      return predictCalibrated(model, x);
    case 'voting':
      return predictVoting(model, x);
    case 'stacking':
      return predictStacking(model, x);
    default:
      return predictProba(model, x);
  }
}

/** One number per row. */
export function predictAny(model: AnyRegressor, x: Matrix): Float64Array {
  switch (model.algorithm) {
    case 'voting-regressor':
      return predictVotingRegressor(model, x);
    case 'stacking-regressor':
      return predictStackingRegressor(model, x);
    default:
      return predict(model, x);
  }
}
