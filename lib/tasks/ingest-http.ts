import { z } from 'zod';
import { contract } from './contract';
import { connectionTo, ingestAccess, ingestInput, ingestOutput } from './ingest';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
/** Members on the way to a place in the answer, with points: `data.items`. */
const path = z.string().min(1);

export const pagination = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  /** Pages by number, until one has no records, or fewer than `size`. */
  z.object({
    kind: z.literal('page'),
    parameter: z.string().default('page'),
    start: z.int().default(1),
    sizeParameter: z.string().optional(),
    size: z.int().positive().optional(),
  }),
  z.object({
    kind: z.literal('offset'),
    parameter: z.string().default('offset'),
    sizeParameter: z.string().default('limit'),
    size: z.int().positive(),
  }),
  /** The answer holds what the next request is made with, until it is missing or empty. */
  z.object({ kind: z.literal('cursor'), parameter: z.string(), next: path }),
  /** The answer holds the address of the next page, on the same server. */
  z.object({ kind: z.literal('next-url'), next: path }),
  /** The header `Link` holds it, as `rel="next"`. */
  z.object({ kind: z.literal('link-header') }),
]);
export type Pagination = z.output<typeof pagination>;

export const ingestHttp = contract({
  name: 'ingest-http',
  summary: 'Reads records from an HTTP API, page by page, and writes them as typed Parquet.',
  input: z.object({
    connection: connectionTo('http'),
    /** Below the connection's base URL. */
    path: z.string(),
    query: z.record(z.string(), scalar).default({}),
    /** Where the list of records is in an answer. @default the answer is the list */
    records: path.optional(),
    pagination: pagination.default({ kind: 'none' }),
    /** More pages fail the task. */
    maxPages: z.int().positive().default(1000),
    /** Attempts for a page that the server does not serve at once. */
    attempts: z.int().positive().default(4),
    /** Asks only for records that were changed since. */
    watermark: z
      .object({
        /** Member of a record that only grows. */
        field: z.string().min(1),
        /** Parameter of the request that takes the mark. */
        parameter: z.string().min(1),
        start: z.string().optional(),
      })
      .optional(),
    ...ingestInput,
  }),
  output: ingestOutput,
  memoryMb: 1769,
  ephemeralMb: 2048,
  timeoutSeconds: 900,
  native: ['duckdb'],
  skips: true,
  access: [...ingestAccess],
});
