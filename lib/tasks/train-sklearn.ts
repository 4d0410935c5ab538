import { z } from 'zod';
import { contract } from './contract';
import { featureSet, objectRef } from './dataset';
import { trainAccess } from './train-output';

/** A model as scikit-learn has it: one file of joblib, and the tracked run that made it. */
export const sklearnModelRef = objectRef.omit({ versionId: true }).extend({
  /** The task's short name for it. */
  name: z.string(),
  algorithm: z.string(),
  runId: z.string(),
  classes: z.array(z.string()),
});

export const trainSklearn = contract({
  name: 'train-sklearn',
  summary: "Fits scikit-learn's logistic regression and logs it by MLflow's client.",
  runtime: 'python',
  input: z.object({
    train: featureSet,
    /** Inverse of the regularisation strength. */
    c: z.number().positive().default(1),
    maxIter: z.int().positive().default(1000),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({
    model: sklearnModelRef,
    rows: z.int(),
    /** Metrics on the training part. */
    trainAuc: z.number(),
    trainAccuracy: z.number(),
    /** Wall time of `fit`, seconds. */
    fitSeconds: z.number(),
  }),
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: trainAccess,
});
