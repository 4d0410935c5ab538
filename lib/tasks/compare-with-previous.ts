import { z } from 'zod';
import { contract } from './contract';
import { datasetRef, objectRef } from './dataset';
import { endpointName } from './deploy-model';
import { anyMetric } from './metric';

export const compareWithPrevious = contract({
  name: 'compare-with-previous',
  summary:
    'Scores what an endpoint serves and the version that it served before on the same labelled requests: was the deployment a mistake?',
  input: z.object({
    endpoint: endpointName,
    /** Requests with what came to pass in `target`, as `collectPredictions` gives them. */
    labelled: datasetRef,
    target: z.string().min(1),
    metric: anyMetric.default('auc'),
    /** How much better the version before must be at least: the lower end of the interval of the difference counts. */
    margin: z.number().nonnegative().default(0.02),
    confidence: z.number().gt(0).lt(1).default(0.95),
  }),
  output: z.object({
    /** Whether the version before would have done better. False when there is none. */
    worse: z.boolean(),
    /** One sentence with both values. */
    reason: z.string(),
    version: z.string(),
    /** The version before; `null` when the endpoint never served another one. */
    previous: z.string().nullable(),
    /** Of the version that is served, and of the one before; `null` when there was nothing to compare. */
    value: z.number().nullable(),
    previousValue: z.number().nullable(),
    /** Lower end of the interval of what the version before gains. */
    low: z.number().nullable(),
    json: objectRef,
  }),
  memoryMb: 1769,
  access: [
    { store: 'objects', mode: 'read', prefix: 'datasets/' },
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    { store: 'objects', mode: 'read', prefix: 'features/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'read' },
    { store: 'endpoints', mode: 'read' },
  ],
});
