import { z } from 'zod';
import type { Access } from '../model/access';
import { modelRef } from './dataset';

const trained = {
  model: modelRef,
  rows: z.int(),
  /** Wall time of `fit`, seconds. */
  fitSeconds: z.number(),
};

/** What the tasks that train a classifier return. */
export const trainOutput = z.object({
  ...trained,
  /** Metrics on the training part; the held-out part belongs to `evaluate-models`. */
  trainAuc: z.number(),
  trainAccuracy: z.number(),
});

/** What the tasks that train a regression return. */
export const regressionTrainOutput = z.object({
  ...trained,
  trainRmse: z.number(),
  trainR2: z.number(),
});

export const trainAccess: readonly Access[] = [
  { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
  { store: 'objects', mode: 'write', prefix: 'artifacts/' },
  { store: 'tracking', mode: 'write' },
];
