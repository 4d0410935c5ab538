import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { restoreLogistic } from '../../lib/ml/onnx/restore';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainLogisticRegression } from '../../lib/tasks/train-logistic-regression';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainLogisticRegression, (input, context) =>
  trainModel(context, input, (x, y, classes, weights, parent) =>
    fitLogisticRegression(x, y, classes, {
      ...input,
      ...weights,
      warmStart: parent && restoreLogistic(parent.onnx),
    }),
  ),
);
