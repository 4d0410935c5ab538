import { z } from 'zod';
import { contract } from './contract';
import { featureSet, modelRef, objectRef } from './dataset';
import { estimatorName, estimatorParams } from './estimator';
import { trainAccess } from './train-output';
import { classScoring, numberScoring, paramSpace, triedParams } from './tuning';

export const tuneModel = contract({
  name: 'tune-model',
  summary: 'Searches params by cross-validation in one task, then fits the best ones on all rows.',
  input: z.object({
    train: featureSet,
    algorithm: estimatorName,
    /** 'grid' takes lists only and tries all combinations; 'halving' draws and drops candidates round by round. */
    search: z.enum(['grid', 'random', 'halving']).default('random'),
    space: paramSpace,
    /** Params that all candidates have. */
    fixed: estimatorParams.default({}),
    /** How many are drawn. */
    candidates: z.int().positive().max(500).default(20),
    folds: z.int().min(2).default(5),
    /** @default 'roc-auc' for classes, 'r2' for numbers */
    scoring: z.union([classScoring, numberScoring]).optional(),
    /** Of halving: one candidate in so many goes on, with so many times the rows. */
    factor: z.number().gt(1).default(3),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({
    model: modelRef,
    params: estimatorParams,
    /** Mean over the folds of the best one; losses count negative. */
    score: z.number(),
    scoring: z.union([classScoring, numberScoring]),
    /** Of the last round, in the order of the candidates. */
    tried: z.array(triedParams),
    rows: z.int(),
    fitSeconds: z.number(),
    trainScore: z.number(),
    json: objectRef,
  }),
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: [...trainAccess, { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' }],
});
