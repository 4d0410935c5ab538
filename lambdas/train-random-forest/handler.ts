import { fitRandomForest } from '../../lib/ml/random-forest';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainRandomForest } from '../../lib/tasks/train-random-forest';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainRandomForest, (input, context) =>
  trainModel(context, input, (x, y, classes, weights) =>
    fitRandomForest(x, y, classes, { ...input, ...weights }),
  ),
);
