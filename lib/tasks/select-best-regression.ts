import { z } from 'zod';
import { contract } from './contract';
import { modelRef, regressionEvaluation, regressionMetrics } from './dataset';
import { regressionMetric } from './metric';

export const selectBestRegression = contract({
  name: 'select-best-regression',
  summary: 'Picks the regression with the best value of a metric; the first one wins a tie.',
  input: z.object({
    evaluations: z.array(regressionEvaluation).min(1),
    metric: regressionMetric.default('rmse'),
  }),
  output: z.object({
    model: modelRef,
    metrics: regressionMetrics,
    /** All candidates, best first. */
    ranking: z.array(z.object({ name: z.string(), value: z.number() })),
  }),
  memoryMb: 256,
});
