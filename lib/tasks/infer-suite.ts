import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';
import { expectationSuite } from './expectation';

export const inferSuite = contract({
  name: 'infer-suite',
  summary:
    'Makes a suite of expectations from a dataset of reference; as JSON to edit, and for a validation.',
  input: z.object({
    dataset: datasetRef,
    /** Name of the suite. */
    name: z.string().min(1),
  }),
  output: z.object({ suite: expectationSuite, file: objectRef }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
  ],
});
