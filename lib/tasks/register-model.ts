import { z } from 'zod';
import { contract } from './contract';
import { classificationMetrics, modelRef, regressionMetrics } from './dataset';
import { promotionGates } from './promotion-gates';

export const registerModel = contract({
  name: 'register-model',
  summary: 'Makes a new version of a registered model, with lineage to its run, data, code and execution.',
  input: z.object({
    model: modelRef,
    /** Name of the registered model. */
    name: z.string().min(1),
    metrics: z.union([classificationMetrics, regressionMetrics]),
    description: z.string().default(''),
    /** Declares what stands before aliases and stages of the model from now on. @default the gates stay as they are */
    gates: promotionGates.optional(),
  }),
  output: z.object({ name: z.string(), version: z.string(), model: modelRef }),
  memoryMb: 256,
  access: [{ store: 'tracking', mode: 'write' }],
});
