import { z } from 'zod';
import { classWeight } from './class-weight';
import { contract } from './contract';
import { earlyStopping } from './early-stopping';
import { featureSet } from './dataset';
import { threads } from './threads';
import { trainAccess, trainOutput } from './train-output';
import { warmStart } from './warm-start';

export const trainGradientBoosting = contract({
  name: 'train-gradient-boosting',
  summary: 'Fits gradient boosted histogram trees (leaf-wise growth) with log loss.',
  input: z.object({
    train: featureSet,
    nEstimators: z.int().positive().default(100),
    learningRate: z.number().positive().default(0.1),
    maxLeafNodes: z.int().min(2).default(31),
    /** @default unlimited */
    maxDepth: z.int().positive().nullable().default(null),
    minSamplesLeaf: z.int().positive().default(20),
    l2Regularization: z.number().nonnegative().default(0),
    earlyStopping,
    classWeight,
    warmStart,
    seed: z.int().nonnegative().default(42),
    threads,
  }),
  output: trainOutput,
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
