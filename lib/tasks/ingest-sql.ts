import { z } from 'zod';
import { contract } from './contract';
import { connectionTo, ingestAccess, ingestInput, ingestOutput } from './ingest';

export const ingestSql = contract({
  name: 'ingest-sql',
  summary: 'Reads what a query of PostgreSQL or MySQL gives and writes it as typed Parquet.',
  input: z.object({
    connection: connectionTo('postgres', 'mysql'),
    /** One SELECT, without a semicolon. */
    query: z.string().min(1),
    /** Bound in order: `$1` in PostgreSQL, `?` in MySQL. */
    values: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).default([]),
    /** Reads only rows whose column has grown beyond what earlier logical dates got. @default everything is read */
    watermark: z
      .object({
        /** Column of the query that only grows, and is never missing: a time of change, a serial number. */
        column: z.string().min(1),
        /** Rows up to it are left out at first. @default none are */
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
