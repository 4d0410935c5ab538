import { z } from 'zod';
import { contract } from './contract';
import { servingTarget } from './serving-target';

/** How traffic goes over to a new version. */
export const trafficStrategy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all-at-once') }),
  /** A share for some time, then everything. */
  z.object({ kind: z.literal('canary'), percent: z.number().gt(0).max(100), seconds: z.number().positive() }),
  /** A share more after each interval. */
  z.object({
    kind: z.literal('linear'),
    percent: z.number().gt(0).max(100),
    everySeconds: z.number().positive(),
  }),
]);

export const endpointName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

export const endpointChange = z.object({
  endpoint: z.string(),
  model: z.string(),
  action: z.string(),
  /** Version that had the traffic, and the one that has it, or gets it. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  /** ISO instant. */
  at: z.string(),
  reason: z.string(),
});

const reason = z.string().min(1);

/** Tasks that bring versions to endpoints: the endpoints that they name are watched by alarms. */
export const DEPLOYING_CONTRACTS: ReadonlySet<string> = new Set(['deploy-model']);

export const deployModel = contract({
  name: 'deploy-model',
  summary: 'Brings a version of a registered model to an endpoint; skipped when it is served there already.',
  input: z.object({
    name: z.string().min(1),
    version: z.string().min(1),
    endpoint: endpointName,
    strategy: trafficStrategy.default({ kind: 'all-at-once' }),
    /** No traffic yet: it answers requests that ask for the candidate, until `shift-traffic`. */
    hold: z.boolean().default(false),
    /** Where it is to run. @default where the endpoint's versions run; at first the function of the stage */
    target: servingTarget.optional(),
    reason,
  }),
  output: endpointChange,
  memoryMb: 256,
  skips: true,
  access: [
    { store: 'tracking', mode: 'read' },
    { store: 'endpoints', mode: 'write' },
  ],
});

export const shiftTraffic = contract({
  name: 'shift-traffic',
  summary: 'Lets traffic go over to the version that is held at an endpoint.',
  input: z.object({ endpoint: endpointName, version: z.string().min(1), reason }),
  output: endpointChange,
  memoryMb: 256,
  access: [{ store: 'endpoints', mode: 'write' }],
});

export const rollbackEndpoint = contract({
  name: 'rollback-endpoint',
  summary: 'Takes the candidate of an endpoint away, or gives the traffic back to the version before.',
  input: z.object({
    endpoint: endpointName,
    /** Only if this one was deployed last. */
    version: z.string().optional(),
    /** Only a candidate that this run has deployed; skipped when there is none: for what is tidied up after a failure. */
    own: z.boolean().default(false),
    reason,
  }),
  output: endpointChange,
  memoryMb: 256,
  skips: true,
  access: [
    // Whether the version before is still there.
    { store: 'tracking', mode: 'read' },
    { store: 'endpoints', mode: 'write' },
  ],
});
