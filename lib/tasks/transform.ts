import { z } from 'zod';
import { contract } from './contract';
import { datasetRef } from './dataset';
import { transformStep } from './transform-step';

export const transform = contract({
  name: 'transform',
  summary:
    'Makes a dataset from others step by step: filter, join, aggregate, windows, imputation and the like.',
  input: z.object({
    inputs: z.record(z.string().min(1), datasetRef),
    /** The input that the steps begin with. @default the only one that no step joins or unites */
    from: z.string().optional(),
    steps: z.array(transformStep).min(1),
    /** Name of the dataset that is made. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
    /** Whether a result without rows is one; else the task fails. */
    allowEmpty: z.boolean().default(false),
  }),
  output: z.object({ dataset: datasetRef }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
  ],
});
