import {
  evaluateModels,
  ingestCsv,
  pipeline,
  prepareFeatures,
  registerModel,
  selectBest,
  trainExtraTrees,
  trainGradientBoosting,
  trainLogisticRegression,
  trainNaiveBayes,
  trainRandomForest,
  weekly,
  z,
} from '../lib';

/** Five kinds of model learn from the same rows at the same time. Upload `data/german_credit.csv` to `raw/` before. */
export default pipeline(
  {
    id: 'parallel-training',
    description:
      'Trains five kinds of model in parallel and registers the one that does best on held-out rows.',
    schedule: weekly,
    startDate: '2026-01-01',
    params: z.object({
      source: z
        .string()
        .min(1)
        .default('raw/german_credit.csv')
        .describe('Key of the CSV file in the data bucket'),
      metric: z
        .enum(['auc', 'accuracy', 'precision', 'recall', 'f1', 'logLoss'])
        .default('auc')
        .describe('Metric by which the best model is chosen'),
      seed: z.int().nonnegative().default(42).describe('Seed of the split and of the estimators'),
    }),
    defaults: { retries: 1, retryDelay: 60 },
    tags: ['example', 'classification'],
  },
  ({ params, group }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'applications' });
    const { train, test } = prepareFeatures('preprocess', {
      dataset: raw.dataset,
      target: 'risk',
      positive: 'bad',
      seed: params.seed,
    });
    const { seed } = params;
    const candidates = group('train', () => [
      trainRandomForest('random-forest', { train, nEstimators: 200, minSamplesLeaf: 2, seed }),
      trainExtraTrees('extra-trees', { train, nEstimators: 200, minSamplesLeaf: 3, seed }),
      trainLogisticRegression('logistic-regression', { train, c: 0.3, seed }),
      trainGradientBoosting('gradient-boosting', { train, learningRate: 0.05, maxLeafNodes: 8, seed }),
      trainNaiveBayes('naive-bayes', { train, varSmoothing: 1e-2 }),
    ]);
    const scored = evaluateModels('evaluate', { models: candidates.map(({ model }) => model), test });
    const best = selectBest('select-best', { evaluations: scored.evaluations, metric: params.metric });
    registerModel('register', { model: best.model, name: 'parallel-training', metrics: best.metrics });
  },
);
