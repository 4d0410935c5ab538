import { z } from 'zod';
import { contract } from './contract';
import { datasetRef } from './dataset';
import { featureGroup } from './feature-group';

export const buildTrainingSet = contract({
  name: 'build-training-set',
  summary: 'Joins labels with what feature groups knew of their entities at the time, never later.',
  input: z.object({
    /** Entities and times, with labels or whatever else. */
    labels: datasetRef,
    /** Column of the time of a label. */
    time: z.string().min(1),
    groups: z
      .array(
        featureGroup.pick({ name: true }).extend({
          /** @default all features of the group */
          features: z.array(z.string().min(1)).min(1).optional(),
          /** Columns of the labels for those of the group's entity. @default the same names */
          entity: z.record(z.string(), z.string()).default({}),
          /** Older values are missing ones. @default any age */
          maxAgeHours: z.number().positive().optional(),
        }),
      )
      .min(1),
    /** Whether values of the very time of the label count as known. */
    sameTime: z.boolean().default(true),
    /** Name of the dataset; its features are called `<group>__<feature>`. */
    name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
  }),
  output: z.object({ dataset: datasetRef }),
  memoryMb: 1769,
  ephemeralMb: 4096,
  timeoutSeconds: 900,
  native: ['duckdb'],
  access: [
    { store: 'objects', mode: 'write', prefix: 'datasets/{pipeline}/' },
    { store: 'objects', mode: 'read', prefix: 'feature-store/' },
    { store: 'features', mode: 'read' },
  ],
});
