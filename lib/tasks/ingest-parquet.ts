import { z } from 'zod';
import { contract } from './contract';
import { datasetRef } from './dataset';

export const ingestParquet = contract({
  name: 'ingest-parquet',
  summary: 'Takes a Parquet file over as a dataset, with the types that it has.',
  input: z.object({
    /** Key under `raw/` of the data bucket. */
    source: z.string().startsWith('raw/'),
    /** Name of the dataset. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  }),
  output: z.object({
    dataset: datasetRef,
    source: z.object({ uri: z.string(), sha256: z.string(), bytes: z.int() }),
  }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'raw/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
  ],
});
