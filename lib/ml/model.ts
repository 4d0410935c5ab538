import { predictBoosting, type GradientBoostingModel } from './gradient-boosting';
import { predictLogistic, type LogisticRegressionModel } from './logistic-regression';
import type { Matrix } from './matrix';
import { predictForest, type RandomForestModel } from './random-forest';

export type ClassifierModel = RandomForestModel | GradientBoostingModel | LogisticRegressionModel;

/** Probability of each class for each row: one array of rows per class. */
export function predictProba(model: ClassifierModel, x: Matrix): Float64Array[] {
  switch (model.algorithm) {
    case 'random-forest':
      return predictForest(model, x);
    case 'gradient-boosting':
      return predictBoosting(model, x);
    case 'logistic-regression':
      return predictLogistic(model, x);
  }
}
