import { z } from 'zod';
import { contract } from './contract';
import { featureSet, modelRef, objectRef, regressionEvaluation } from './dataset';

export const evaluateRegression = contract({
  name: 'evaluate-regression',
  summary: 'Scores regressions on the held-out part and logs the metrics to the run of each.',
  input: z.object({ models: z.array(modelRef).min(1), test: featureSet }),
  output: z.object({ evaluations: z.array(regressionEvaluation), report: objectRef }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
    { store: 'objects', mode: 'write', prefix: 'artifacts/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'write' },
  ],
});
