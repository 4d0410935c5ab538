import { z } from 'zod';
import { contract } from './contract';
import { datasetRef } from './dataset';

const share = z.number().gt(0).lt(1).default(0.2);
const folds = z.int().min(2).default(5);

export const splitMethod = z.discriminatedUnion('kind', [
  /** Rows drawn at random; `stratifyBy` keeps the shares of a column's values. */
  z.object({ kind: z.literal('random'), testSize: share, stratifyBy: z.string().optional() }),
  /** Rows with the same value of `by` stay together. */
  z.object({ kind: z.literal('group'), testSize: share, by: z.string() }),
  /** The last rows in the order of `by` are the test part. */
  z.object({ kind: z.literal('time'), testSize: share, by: z.string() }),
  /** Every row is tested once; with `repeats` once for each of several seeds. */
  z.object({
    kind: z.literal('k-fold'),
    folds,
    repeats: z.int().positive().default(1),
    stratifyBy: z.string().optional(),
    groupBy: z.string().optional(),
  }),
  /** Each test part comes after its train part in the order of `by`. */
  z.object({ kind: z.literal('time-series'), folds, by: z.string(), gap: z.int().nonnegative().default(0) }),
]);

export const splitDataset = contract({
  name: 'split-dataset',
  summary:
    'Parts a dataset into train and test, once or fold by fold; the same rows for a seed on every machine.',
  input: z.object({
    dataset: datasetRef,
    method: splitMethod.prefault({ kind: 'random' }),
    seed: z.int().nonnegative().default(42),
  }),
  output: z.object({
    /** Of the first split, which is the only one unless there are folds. */
    train: datasetRef,
    test: datasetRef,
    splits: z.array(z.object({ train: datasetRef, test: datasetRef })),
  }),
  memoryMb: 1769,
  access: [{ store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' }],
});
