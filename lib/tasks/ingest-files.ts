import { z } from 'zod';
import { contract } from './contract';
import { connectionTo, ingestInput, ingestOutput } from './ingest';

export const ingestFiles = contract({
  name: 'ingest-files',
  summary:
    'Reads all files below a prefix, or those of them that are new, and writes them as one dataset of typed Parquet.',
  input: z.object({
    /** Where the bucket is. @default the data bucket, below `raw/` */
    connection: connectionTo('google-cloud-storage').optional(),
    /** Of the connection. @default the connection's */
    bucket: z.string().optional(),
    /** Beginning of the names; in the data bucket it begins with `raw/`. */
    prefix: z.string().min(1),
    /** Files of other formats are left out. */
    format: z.enum(['csv', 'jsonl', 'parquet']).default('csv'),
    /** Of CSV. */
    delimiter: z.string().length(1).default(','),
    /** Values of CSV that mean "missing". */
    nullValues: z.array(z.string()).default(['', 'NA', 'NaN', 'null']),
    /** More files fail the task. */
    maxFiles: z.int().positive().default(1000),
    /**
     * Reads only what is new to the logical date: files whose names are greater than those of earlier dates, or of all files
     * the rows whose column is. @default everything is read
     */
    watermark: z
      .union([
        z.strictObject({
          by: z.literal('name'),
          /** Names up to it are left out at first. @default none are */
          start: z.string().optional(),
        }),
        z.strictObject({
          /** Column that only grows, and is never missing. */
          column: z.string().min(1),
          /** Rows up to it are left out at first. @default none are */
          start: z.string().optional(),
        }),
      ])
      .optional(),
    ...ingestInput,
  }),
  output: ingestOutput.extend({
    files: z.int(),
    /** Name and, where the store knows it, version of the last file. */
    last: z.string(),
  }),
  memoryMb: 1769,
  ephemeralMb: 10_240,
  timeoutSeconds: 900,
  native: ['duckdb'],
  skips: true,
  access: [
    { store: 'objects', mode: 'read', prefix: 'raw/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
  ],
});
