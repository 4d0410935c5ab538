import { fitGradientBoosting } from '../../lib/ml/gradient-boosting';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainGradientBoosting } from '../../lib/tasks/train-gradient-boosting';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainGradientBoosting, (input, context) =>
  trainModel(context, input, (x, y, classes, weights) =>
    fitGradientBoosting(x, y, classes, { ...input, ...weights }),
  ),
);
