import { fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { restoreBoosting } from '../../lib/ml/onnx/restore';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainGradientBoostingRegressor } from '../../lib/tasks/train-gradient-boosting-regressor';
import { trainRegressor } from '../train-model';

export const handler = taskHandler(trainGradientBoostingRegressor, (input, context) =>
  trainRegressor(context, input, (x, y, weights, parent) =>
    fitGradientBoostingRegressor(x, y, {
      ...input,
      ...weights,
      warmStart: parent && restoreBoosting(parent.onnx, 'gradient-boosting-regressor', input.loss),
    }),
  ),
);
