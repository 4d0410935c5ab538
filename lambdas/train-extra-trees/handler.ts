import { fitExtraTrees } from '../../lib/ml/extra-trees';
import { restoreForest } from '../../lib/ml/onnx/restore';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainExtraTrees } from '../../lib/tasks/train-extra-trees';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainExtraTrees, (input, context) =>
  trainModel(context, input, (x, y, classes, weights, parent) =>
    fitExtraTrees(x, y, classes, {
      ...input,
      ...weights,
      warmStart: parent && restoreForest(parent.onnx, 'extra-trees'),
    }),
  ),
);
