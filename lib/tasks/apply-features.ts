import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';

export const applyFeatures = contract({
  name: 'apply-features',
  summary: 'Applies fitted preprocessing to a dataset; nothing is learned from it.',
  input: z.object({
    dataset: datasetRef,
    /** Of `fit-features`. */
    state: objectRef,
    /** Columns that stay as they are, before the features: keys, the target. */
    keep: z.array(z.string()).default([]),
    /** Name of the dataset. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  }),
  output: z.object({ dataset: datasetRef }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
  ],
});
