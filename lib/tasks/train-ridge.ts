import { z } from 'zod';
import { contract } from './contract';
import { featureSet } from './dataset';
import { regressionTrainOutput, trainAccess } from './train-output';

export const trainRidge = contract({
  name: 'train-ridge',
  summary: 'Fits a linear regression with an L2 penalty.',
  input: z.object({
    train: featureSet,
    /** Strength of the penalty, as in scikit-learn. */
    alpha: z.number().nonnegative().default(1),
    fitIntercept: z.boolean().default(true),
  }),
  output: regressionTrainOutput,
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
