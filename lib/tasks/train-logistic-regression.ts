import { z } from 'zod';
import { classWeight } from './class-weight';
import { contract } from './contract';
import { featureSet } from './dataset';
import { trainAccess, trainOutput } from './train-output';
import { warmStart } from './warm-start';

export const trainLogisticRegression = contract({
  name: 'train-logistic-regression',
  summary:
    'Fits a logistic regression (multinomial for more than two classes) with an L2, L1 or elastic net penalty.',
  input: z.object({
    train: featureSet,
    /** Inverse of the regularisation strength, as in scikit-learn. */
    c: z.number().positive().default(1),
    penalty: z.enum(['l2', 'l1', 'elasticnet', 'none']).default('l2'),
    /** Of 'elasticnet': share of the absolute penalty. */
    l1Ratio: z.number().min(0).max(1).default(0.5),
    maxIter: z.int().positive().default(200),
    tol: z.number().positive().default(1e-4),
    classWeight,
    warmStart,
    seed: z.int().nonnegative().default(42),
  }),
  output: trainOutput,
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
