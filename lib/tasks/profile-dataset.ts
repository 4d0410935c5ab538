import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';

export const profileDataset = contract({
  name: 'profile-dataset',
  summary:
    'Describes a dataset: types, missing values, distributions, correlations, alerts; as JSON and as an HTML page.',
  input: z.object({ dataset: datasetRef, target: z.string().optional() }),
  output: z.object({
    dataset: datasetRef,
    profile: objectRef,
    report: objectRef,
    alerts: z.array(z.string()),
  }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
  ],
});
