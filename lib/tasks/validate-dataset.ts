import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';
import { expectationSuite } from './expectation';

export const validateDataset = contract({
  name: 'validate-dataset',
  summary:
    'Checks a dataset against a suite of expectations in one scan; a critical one that fails stops the run.',
  input: z.object({ dataset: datasetRef, suite: expectationSuite }),
  output: z.object({
    /** The dataset that was checked, so that later tasks can depend on the validated one. */
    dataset: datasetRef,
    success: z.boolean(),
    evaluated: z.int(),
    /** Failed expectations by severity; `critical` is always 0, as a critical failure fails the task. */
    failed: z.object({ critical: z.int(), warning: z.int(), info: z.int() }),
    /** Results as JSON, and the data docs page. */
    results: objectRef,
    report: objectRef,
  }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
  ],
});
