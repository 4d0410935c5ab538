import { fitLinearRegression } from '../../lib/ml/linear-regression';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainLinearRegression } from '../../lib/tasks/train-linear-regression';
import { trainRegressor } from '../train-model';

export const handler = taskHandler(trainLinearRegression, (input, context) =>
  trainRegressor(context, input, (x, y, weights) => fitLinearRegression(x, y, { ...input, ...weights })),
);
