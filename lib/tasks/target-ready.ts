import { z } from 'zod';
import { contract } from './contract';
import { endpointName } from './deploy-model';

export const targetReady = contract({
  name: 'target-ready',
  summary:
    'Waits until the versions of an endpoint run where they are to run, or one of them does not come up.',
  input: z.object({ endpoint: endpointName }),
  output: z.object({
    /** Whether they run. */
    ready: z.boolean(),
    /** How it is, or why it is not. */
    message: z.string(),
  }),
  memoryMb: 256,
  timeoutSeconds: 60,
  access: [{ store: 'endpoints', mode: 'read' }],
});
