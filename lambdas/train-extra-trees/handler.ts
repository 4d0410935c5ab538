import { fitExtraTrees } from '../../lib/ml/extra-trees';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainExtraTrees } from '../../lib/tasks/train-extra-trees';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainExtraTrees, (input, context) =>
  trainModel(context, input, (x, y, classes, weights) =>
    fitExtraTrees(x, y, classes, { ...input, ...weights }),
  ),
);
