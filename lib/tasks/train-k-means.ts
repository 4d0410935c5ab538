import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, modelRef } from './dataset';
import { trainAccess } from './train-output';

export const trainKMeans = contract({
  name: 'train-k-means',
  summary: 'Parts the rows of a dataset into clusters by k-means, over scaled numbers and one-hot texts.',
  input: z.object({
    dataset: datasetRef,
    /** Columns to go by. @default all of them */
    columns: z.array(z.string()).min(1).optional(),
    /** Columns to leave out, such as ids. */
    exclude: z.array(z.string()).default([]),
    nClusters: z.int().min(2).default(8),
    /** Starts, of which the best counts. */
    nInit: z.int().positive().default(10),
    maxIter: z.int().positive().default(300),
    tol: z.number().nonnegative().default(1e-4),
    seed: z.int().nonnegative().default(42),
    /** Name of the dataset with the clusters. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  }),
  output: z.object({
    /** The dataset with a column `cluster`, from 0. */
    dataset: datasetRef,
    model: modelRef,
    /** Sum of squared distances to the centres, of the scaled columns. */
    inertia: z.number(),
    /** Rows of each cluster. */
    sizes: z.array(z.int()),
    fitSeconds: z.number(),
  }),
  memoryMb: 1769,
  timeoutSeconds: 840,
  access: [
    ...trainAccess,
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
  ],
});
