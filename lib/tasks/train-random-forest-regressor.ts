import { z } from 'zod';
import { contract } from './contract';
import { featureSet } from './dataset';
import { threads } from './threads';
import { regressionTrainOutput, trainAccess } from './train-output';
import { warmStart } from './warm-start';

export const trainRandomForestRegressor = contract({
  name: 'train-random-forest-regressor',
  summary: 'Fits a random forest to numbers.',
  input: z.object({
    train: featureSet,
    nEstimators: z.int().positive().default(100),
    /** @default unlimited */
    maxDepth: z.int().positive().nullable().default(null),
    minSamplesLeaf: z.int().positive().default(1),
    /** Features tried per split: a count, a share, all, or the square root or logarithm of their number. */
    maxFeatures: z
      .union([z.literal('sqrt'), z.literal('log2'), z.literal('all'), z.number().gt(0)])
      .default('all'),
    warmStart,
    seed: z.int().nonnegative().default(42),
    threads,
  }),
  output: regressionTrainOutput,
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
