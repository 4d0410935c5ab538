import { z } from 'zod';
import { contract } from './contract';
import { evaluation, regressionEvaluation } from './dataset';
import { estimatorParams } from './estimator';
import { anyMetric } from './metric';

export const keepBest = contract({
  name: 'keep-best',
  summary:
    'Keeps the best of some candidates by the evaluations of their models: a round of successive halving.',
  input: z.object({
    /** In the order of the candidates. */
    candidates: z.array(estimatorParams).min(1),
    evaluations: z.union([z.array(evaluation), z.array(regressionEvaluation)]),
    metric: anyMetric.default('auc'),
    /** One in so many goes on, rounded up. */
    factor: z.number().gt(1).default(3),
  }),
  output: z.object({
    /** The best first. */
    candidates: z.array(estimatorParams),
    values: z.array(z.number()),
  }),
  memoryMb: 256,
});
