import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';
import { severityLevel } from './expectation';

export const detectOutliers = contract({
  name: 'detect-outliers',
  summary: 'Finds rows unlike the others, by the interquartile range or by an isolation forest.',
  input: z.object({
    dataset: datasetRef,
    method: z.enum(['iqr', 'isolation-forest']).default('iqr'),
    /** Columns of numbers to look at. @default all of them */
    columns: z.array(z.string()).min(1).optional(),
    /** Columns to leave out, such as ids. */
    exclude: z.array(z.string()).default([]),
    /** For 'iqr': interquartile ranges beyond the quartiles. */
    k: z.number().positive().default(1.5),
    /** For 'isolation-forest': share of outliers. @default rows with a score above ½ */
    contamination: z.number().gt(0).max(0.5).optional(),
    nEstimators: z.int().positive().default(100),
    seed: z.int().nonnegative().default(42),
    /** Share of outliers that is too much. */
    maxShare: z.number().min(0).max(1).default(1),
    /** When there are too many: a critical finding fails the task. */
    severity: severityLevel.default('warning'),
  }),
  output: z.object({
    dataset: datasetRef,
    /** Whether the share is no more than `maxShare`. */
    success: z.boolean(),
    severity: severityLevel,
    count: z.int(),
    share: z.number(),
    /** The rows as JSON lines with `row`, `score` and `columns`, the strangest first, at most 10,000. */
    outliers: objectRef,
  }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
  ],
});
