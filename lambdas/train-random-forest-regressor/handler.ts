import { fitRandomForestRegressor } from '../../lib/ml/random-forest';
import { restoreForest } from '../../lib/ml/onnx/restore';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainRandomForestRegressor } from '../../lib/tasks/train-random-forest-regressor';
import { trainRegressor } from '../train-model';

export const handler = taskHandler(trainRandomForestRegressor, (input, context) =>
  trainRegressor(context, input, (x, y, weights, parent) =>
    fitRandomForestRegressor(x, y, {
      ...input,
      ...weights,
      warmStart: parent && restoreForest(parent.onnx, 'random-forest-regressor'),
    }),
  ),
);
