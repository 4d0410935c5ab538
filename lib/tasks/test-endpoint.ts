import { z } from 'zod';
import { contract } from './contract';
import { objectRef } from './dataset';
import { endpointName } from './deploy-model';
import { criterionResult } from './verify-model';

export const testEndpoint = contract({
  name: 'test-endpoint',
  summary: 'Sends requests to the deployed endpoint and holds the answers against what the model file gives.',
  input: z.object({
    endpoint: endpointName,
    name: z.string().min(1),
    /** The one that must answer. */
    version: z.string().min(1),
    /** Whom to ask, whatever the shares of traffic. */
    target: z.enum(['stable', 'candidate']).default('candidate'),
    /** Held-out rows that are sent, one request each; one more request has them all. */
    rows: z.int().positive().max(500).default(20),
    /** Of a request, over the wire, p99. */
    maxP99Ms: z.number().positive().default(2000),
  }),
  output: z.object({
    passed: z.boolean(),
    reason: z.string(),
    results: z.array(criterionResult),
    report: objectRef,
  }),
  memoryMb: 512,
  access: [
    { store: 'objects', mode: 'read', prefix: 'artifacts/' },
    { store: 'objects', mode: 'read', prefix: 'features/' },
    { store: 'objects', mode: 'write', prefix: 'reports/{pipeline}/' },
    { store: 'tracking', mode: 'read' },
    { store: 'endpoints', mode: 'read' },
  ],
});
