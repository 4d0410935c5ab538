import { fitDecisionTree } from '../../lib/ml/decision-tree';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainDecisionTree } from '../../lib/tasks/train-decision-tree';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainDecisionTree, (input, context) =>
  trainModel(context, input, (x, y, classes, weights) =>
    fitDecisionTree(x, y, classes, { ...input, ...weights }),
  ),
);
