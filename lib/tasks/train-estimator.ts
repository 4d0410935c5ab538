import { z } from 'zod';
import { contract } from './contract';
import { featureSet, modelRef } from './dataset';
import { estimatorName, estimatorParams } from './estimator';
import { trainAccess } from './train-output';
import { calibration } from './tuning';

export const trainEstimator = contract({
  name: 'train-estimator',
  summary: 'Fits an estimator that is given by its name and params, for a map over candidates.',
  input: z.object({
    train: featureSet,
    algorithm: estimatorName,
    /** Those of the task that trains it; what is left out has its default. */
    params: estimatorParams.default({}),
    /** Learns from so many rows, drawn by the seed. @default all */
    rows: z.int().positive().optional(),
    calibrate: calibration,
    /** Folds that calibration takes. */
    folds: z.int().min(2).default(5),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({
    model: modelRef,
    /** As they were given. */
    params: estimatorParams,
    /** Rows learned from. */
    rows: z.int(),
    fitSeconds: z.number(),
    /** AUC of a classifier, R² of a regression, on all rows of the train part. */
    trainScore: z.number(),
  }),
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
