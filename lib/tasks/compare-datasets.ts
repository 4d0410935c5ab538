import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';

export const compareDatasets = contract({
  name: 'compare-datasets',
  summary: 'Puts two datasets side by side: schema, rows, distributions; as JSON and as an HTML page.',
  input: z.object({
    before: datasetRef,
    after: datasetRef,
    /** What the page calls them. @default the names of the datasets */
    names: z.object({ before: z.string(), after: z.string() }).optional(),
  }),
  output: z.object({
    comparison: objectRef,
    report: objectRef,
    added: z.array(z.string()),
    removed: z.array(z.string()),
    retyped: z.array(z.string()),
  }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
  ],
});
