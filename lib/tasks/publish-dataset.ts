import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';

export const publishDataset = contract({
  name: 'publish-dataset',
  summary: 'Puts a dataset where other pipelines find its newest state: `raw/published/<name>.parquet`.',
  input: z.object({
    dataset: datasetRef,
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  }),
  output: z.object({ object: objectRef, rows: z.int() }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'raw/published/' },
  ],
});
