import { z } from 'zod';
import { contract } from './contract';
import { featureSet, modelRef } from './dataset';
import { estimatorName, estimatorParams } from './estimator';
import { trainAccess } from './train-output';

export const trainEnsemble = contract({
  name: 'train-ensemble',
  summary:
    'Fits several estimators as one model: the mean of what they predict, or a last model that learns from it.',
  input: z.object({
    train: featureSet,
    /** 'voting': weighted mean of probabilities or numbers. 'stacking': a logistic regression, or ridge, over them. */
    kind: z.enum(['voting', 'stacking']),
    members: z.array(z.object({ algorithm: estimatorName, params: estimatorParams.default({}) })).min(2),
    /** Of voting, one per member. @default 1 each */
    weights: z.array(z.number().nonnegative()).optional(),
    /** Folds by which stacking predicts rows that a member has not learned from. */
    folds: z.int().min(2).default(5),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({ model: modelRef, rows: z.int(), fitSeconds: z.number(), trainScore: z.number() }),
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
