import { z } from 'zod';
import { contract } from './contract';
import { classificationMetrics, evaluation, modelRef } from './dataset';
import { classificationMetric } from './metric';

export const selectBest = contract({
  name: 'select-best',
  summary: 'Picks the model with the best value of a metric; the first one wins a tie.',
  input: z.object({
    evaluations: z.array(evaluation).min(1),
    metric: classificationMetric.default('auc'),
  }),
  output: z.object({
    model: modelRef,
    metrics: classificationMetrics,
    /** All candidates, best first. */
    ranking: z.array(z.object({ name: z.string(), value: z.number() })),
  }),
  memoryMb: 256,
});
