import { z } from 'zod';
import { contract } from './contract';
import { connectionTo, ingestAccess, ingestInput, ingestOutput } from './ingest';

export const ingestGcs = contract({
  name: 'ingest-gcs',
  summary:
    'Reads an object of Google Cloud Storage, CSV, JSON lines or Parquet, and writes it as typed Parquet.',
  input: z.object({
    connection: connectionTo('google-cloud-storage'),
    /** Name of the object. */
    object: z.string().min(1),
    /** @default the connection's */
    bucket: z.string().optional(),
    /** @default by the end of the name: `.csv`, `.jsonl`, `.ndjson`, `.parquet` */
    format: z.enum(['csv', 'jsonl', 'parquet']).optional(),
    /** Of CSV. */
    delimiter: z.string().length(1).default(','),
    /** Values of CSV that mean "missing". */
    nullValues: z.array(z.string()).default(['', 'NA', 'NaN', 'null']),
    ...ingestInput,
  }),
  output: ingestOutput.omit({ range: true }).extend({
    /** `version` is the generation of the object. */
    source: z.object({ uri: z.string(), version: z.string(), sha256: z.string(), bytes: z.int() }),
  }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  skips: true,
  access: [...ingestAccess],
});
