import { z } from 'zod';
import { contract } from './contract';
import { featureSet } from './dataset';
import { regressionTrainOutput, trainAccess } from './train-output';

export const trainLinearRegression = contract({
  name: 'train-linear-regression',
  summary: 'Fits a linear regression by least squares.',
  input: z.object({
    train: featureSet,
    fitIntercept: z.boolean().default(true),
  }),
  output: regressionTrainOutput,
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
