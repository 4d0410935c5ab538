import { z } from 'zod';
import { contract } from './contract';
import { columnType, datasetRef } from './dataset';

export const ingestCsv = contract({
  name: 'ingest-csv',
  summary: 'Reads a CSV file with a header row and writes it as typed Parquet.',
  input: z.object({
    /** Key below `raw/` of the data bucket, or a whole `s3://` URI in it: `location` of an `athenaQuery`, for one. */
    source: z.string().min(1),
    /** Name of the dataset. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    delimiter: z.string().length(1).default(','),
    /** Values that mean "missing". */
    nullValues: z.array(z.string()).default(['', 'NA', 'NaN', 'null']),
    /** Types of columns. The others get theirs from the whole file. */
    types: z.record(z.string(), columnType).default({}),
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
    // What queries of the pipeline leave there.
    { store: 'objects', mode: 'read', prefix: 'athena/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
  ],
});
