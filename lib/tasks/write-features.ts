import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';
import { featureGroup } from './feature-group';

export const writeFeatures = contract({
  name: 'write-features',
  summary:
    'Puts the rows of a dataset into a feature group: its history in S3, the latest values in DynamoDB.',
  input: z.object({
    group: featureGroup,
    /** Entity, event time, and features: all other columns. An entity occurs once at a time. */
    dataset: datasetRef,
    /** Whether the latest values can be looked up by entity. */
    online: z.boolean().default(true),
  }),
  output: z.object({
    file: objectRef,
    rows: z.int(),
    /** Entities whose latest values these are now. */
    latest: z.int(),
  }),
  memoryMb: 1769,
  ephemeralMb: 2048,
  timeoutSeconds: 900,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'feature-store/' },
    { store: 'features', mode: 'write' },
  ],
});
