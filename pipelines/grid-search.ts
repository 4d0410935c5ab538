import {
  cross,
  evaluateModels,
  ingestCsv,
  map,
  pipeline,
  prepareFeatures,
  registerModel,
  selectBest,
  trainGradientBoosting,
  z,
} from '../lib';

/**
 * Every combination of hyperparameters is trained by a task of its own. Combinations are compared on validation rows; what
 * the winner is worth is measured on test rows that took no part in the choice. Upload `data/german_credit.csv` to `raw/`
 * before.
 */
export default pipeline(
  {
    id: 'grid-search',
    description: 'Searches a grid of hyperparameters of gradient boosting, a task for each combination.',
    params: z.object({
      source: z
        .string()
        .min(1)
        .default('raw/german_credit.csv')
        .describe('Key of the CSV file in the data bucket'),
      learningRates: z.array(z.number().positive()).min(1).default([0.03, 0.1]).describe('Learning rates'),
      leaves: z.array(z.int().min(2)).min(1).default([4, 8, 16]).describe('Leaves of a tree'),
    }),
    defaults: { retries: 1, retryDelay: 60 },
    tags: ['example', 'classification', 'tuning'],
  },
  ({ params }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'applications' });
    const target = { target: 'risk', positive: 'bad' };
    const outer = prepareFeatures('hold-out', { dataset: raw.dataset, ...target });
    const inner = prepareFeatures('validation', { dataset: outer.train.dataset, ...target });

    const grid = cross({ learningRate: params.learningRates, maxLeafNodes: params.leaves });
    const models = map(
      'grid',
      grid,
      ({ learningRate, maxLeafNodes }) =>
        trainGradientBoosting('fit', { train: inner.train, learningRate, maxLeafNodes }).model,
      { maxConcurrency: 8 },
    );
    const scored = evaluateModels('compare', { models, test: inner.test });
    const best = selectBest('select-best', { evaluations: scored.evaluations, metric: 'auc' });
    const final = evaluateModels('evaluate', { models: [best.model], test: outer.test });
    registerModel('register', {
      model: best.model,
      name: 'grid-search',
      metrics: final.evaluations[0]!.metrics,
    });
  },
);
