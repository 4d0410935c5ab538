import { fitNaiveBayes } from '../../lib/ml/naive-bayes';
import { taskHandler } from '../../lib/runtime/task-handler';
import { trainNaiveBayes } from '../../lib/tasks/train-naive-bayes';
import { trainModel } from '../train-model';

export const handler = taskHandler(trainNaiveBayes, (input, context) =>
  trainModel(context, input, (x, y, classes, { sampleWeight }) =>
    fitNaiveBayes(x, y, classes, { ...input, sampleWeight }),
  ),
);
