import { z } from 'zod';
import type { Access } from '../model/access';
import { modelRef } from './dataset';

/** What every training task returns. */
export const trainOutput = z.object({
  model: modelRef,
  rows: z.int(),
  /** Metrics on the training part; the held-out part belongs to `evaluate-models`. */
  trainAuc: z.number(),
  trainAccuracy: z.number(),
  /** Wall time of `fit`, seconds. */
  fitSeconds: z.number(),
});

export const trainAccess: readonly Access[] = [
  { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
  { store: 'objects', mode: 'write', prefix: 'artifacts/' },
  { store: 'tracking', mode: 'write' },
];
