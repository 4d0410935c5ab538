import { fitRidge } from '../../lib/ml/linear-regression';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainRidge } from '../../lib/tasks/train-ridge';
import { trainRegressor } from '../train-model';

export const handler = taskHandler(trainRidge, (input, context) =>
  trainRegressor(context, input, (x, y, weights) => fitRidge(x, y, { ...input, ...weights })),
);
