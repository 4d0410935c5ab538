import { z } from 'zod';
import { contract } from './contract';
import { evaluation, featureSet, modelRef, objectRef } from './dataset';

export const evaluateModels = contract({
  name: 'evaluate-models',
  summary: 'Scores models on the held-out part and logs the metrics to the run of each.',
  input: z.object({
    /** Null for a candidate that was skipped or failed: it is left out. At least one has to be there. */
    models: z.array(modelRef.nullable()).min(1),
    test: featureSet,
  }),
  output: z.object({ evaluations: z.array(evaluation), report: objectRef }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'artifacts/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
  ],
});
