import { z } from 'zod';
import { contract } from './contract';
import { earlyStopping } from './early-stopping';
import { featureSet } from './dataset';
import { threads } from './threads';
import { regressionTrainOutput, trainAccess } from './train-output';
import { warmStart } from './warm-start';

export const trainGradientBoostingRegressor = contract({
  name: 'train-gradient-boosting-regressor',
  summary: 'Fits gradient boosted histogram trees (leaf-wise growth) to numbers.',
  input: z.object({
    train: featureSet,
    /** `poisson` for counts: predictions are above 0. */
    loss: z.enum(['squared-error', 'poisson']).default('squared-error'),
    nEstimators: z.int().positive().default(100),
    learningRate: z.number().positive().default(0.1),
    maxLeafNodes: z.int().min(2).default(31),
    /** @default unlimited */
    maxDepth: z.int().positive().nullable().default(null),
    minSamplesLeaf: z.int().positive().default(20),
    l2Regularization: z.number().nonnegative().default(0),
    earlyStopping,
    warmStart,
    seed: z.int().nonnegative().default(42),
    threads,
  }),
  output: regressionTrainOutput,
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
