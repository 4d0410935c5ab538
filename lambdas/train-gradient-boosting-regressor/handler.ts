import { fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainGradientBoostingRegressor } from '../../lib/tasks/train-gradient-boosting-regressor';
import { trainRegressor } from '../train-model';

export const handler = taskHandler(trainGradientBoostingRegressor, (input, context) =>
  trainRegressor(context, input, (x, y, weights) =>
    fitGradientBoostingRegressor(x, y, { ...input, ...weights }),
  ),
);
