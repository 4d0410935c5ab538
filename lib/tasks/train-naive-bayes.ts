import { z } from 'zod';
import { contract } from './contract';
import { featureSet } from './dataset';
import { trainAccess, trainOutput } from './train-output';

export const trainNaiveBayes = contract({
  name: 'train-naive-bayes',
  summary: 'Fits Gaussian naive Bayes.',
  input: z.object({
    train: featureSet,
    /** Share of the largest variance of a feature that is added to all, as in scikit-learn. */
    varSmoothing: z.number().nonnegative().default(1e-9),
  }),
  output: trainOutput,
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
