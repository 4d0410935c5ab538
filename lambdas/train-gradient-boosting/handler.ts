import { fitGradientBoosting } from '../../lib/ml/gradient-boosting';
import { restoreBoosting } from '../../lib/ml/onnx/restore';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainGradientBoosting } from '../../lib/tasks/train-gradient-boosting';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainGradientBoosting, (input, context) =>
  trainModel(context, input, (x, y, classes, weights, parent) =>
    fitGradientBoosting(x, y, classes, {
      ...input,
      ...weights,
      warmStart: parent && restoreBoosting(parent.onnx, 'gradient-boosting'),
    }),
  ),
);
