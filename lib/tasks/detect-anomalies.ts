import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';
import { severityLevel } from './expectation';

export const detectAnomalies = contract({
  name: 'detect-anomalies',
  summary:
    'Compares a dataset with its own history by robust z-scores: rows, missing values, means, quantiles, categories.',
  input: z.object({
    dataset: datasetRef,
    /** Robust standard deviations from the median that are too many. */
    threshold: z.number().positive().default(3.5),
    /** Change below which nothing is an anomaly: of the median's size, or absolute for shares. */
    tolerance: z.number().nonnegative().default(0.01),
    /** Dates before that are needed; with fewer nothing is compared. */
    minHistory: z.int().min(2).default(5),
    /** Newest dates before that count. */
    maxHistory: z.int().min(2).default(60),
    /** Only dates of the same hour, weekday or month count. */
    season: z.enum(['none', 'hour', 'weekday', 'month']).default('none'),
    /** A critical anomaly fails the task. @default 'warning' for all */
    severities: z
      .object({
        rows: severityLevel.default('warning'),
        missing: severityLevel.default('warning'),
        mean: severityLevel.default('warning'),
        quantile: severityLevel.default('warning'),
        mix: severityLevel.default('warning'),
      })
      .prefault({}),
  }),
  output: z.object({
    dataset: datasetRef,
    success: z.boolean(),
    /** Dates that were compared with. */
    history: z.int(),
    checked: z.int(),
    anomalies: z.array(
      z.object({
        column: z.string(),
        what: z.string(),
        value: z.number(),
        low: z.number(),
        high: z.number(),
        severity: severityLevel,
      }),
    ),
    report: objectRef,
  }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
  ],
});
