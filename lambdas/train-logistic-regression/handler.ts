import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainLogisticRegression } from '../../lib/tasks/train-logistic-regression';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainLogisticRegression, (input, context) =>
  trainModel(context, input, (x, y, classes, weights) =>
    fitLogisticRegression(x, y, classes, { ...input, ...weights }),
  ),
);
