import { fitRandomForest } from '../../lib/ml/random-forest';
import { restoreForest } from '../../lib/ml/onnx/restore';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainRandomForest } from '../../lib/tasks/train-random-forest';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainRandomForest, (input, context) =>
  trainModel(context, input, (x, y, classes, weights, parent) =>
    fitRandomForest(x, y, classes, {
      ...input,
      ...weights,
      warmStart: parent && restoreForest(parent.onnx, 'random-forest'),
    }),
  ),
);
