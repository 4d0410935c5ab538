import {
  choose,
  evaluateModels,
  ingestCsv,
  minutes,
  notify,
  pipeline,
  prepareFeatures,
  promoteModel,
  registerModel,
  selectBest,
  text,
  trainGradientBoosting,
  transformSql,
  triggerPipeline,
  z,
} from '../lib';

/** The newest rows of the file: the last quarter of it, the last half, or all. */
const window = `
  SELECT * EXCLUDE (position, total)
  FROM (SELECT *, row_number() OVER () AS position, count(*) OVER () AS total FROM customers)
  WHERE position > total * CASE $window WHEN 'quarter' THEN 0.75 WHEN 'half' THEN 0.5 ELSE 0 END
  ORDER BY position`;

/**
 * What becomes of a model by its accuracy on held-out rows: from 0.90 on it goes to production, from 0.85 on to staging.
 * Below, the pipeline runs itself again with more rows, from a quarter to half to all; at last it tells the team. Upload
 * `data/telecom_churn.csv` to `raw/` before.
 */
export default pipeline(
  {
    id: 'model-lifecycle',
    description:
      'Trains, then sends the model to production, to staging, back to training with more rows, or to people.',
    owner: 'ml-platform',
    params: z.object({
      source: z
        .string()
        .min(1)
        .default('raw/telecom_churn.csv')
        .describe('Key of the CSV file in the data bucket'),
      window: z.enum(['quarter', 'half', 'all']).default('all').describe('How much of the file, newest rows'),
      production: z
        .number()
        .min(0)
        .max(1)
        .default(0.9)
        .describe('Accuracy from which on it is for production'),
      staging: z.number().min(0).max(1).default(0.85).describe('Accuracy from which on it is for staging'),
      seed: z.int().nonnegative().default(42).describe('Seed of the split and of the estimator'),
    }),
    defaults: { retries: 2, retryDelay: 30, timeout: minutes(10) },
    tags: ['lifecycle', 'classification'],
  },
  ({ params, run }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'customers' });
    const rows = transformSql('prepare', {
      inputs: { customers: raw.dataset },
      sql: window,
      params: { window: params.window },
      name: 'window',
    });
    const data = prepareFeatures('features', {
      dataset: rows.dataset,
      target: 'churn',
      positive: '1',
      seed: params.seed,
    });
    const trained = trainGradientBoosting('train', {
      train: data.train,
      nEstimators: 100,
      maxLeafNodes: 16,
      seed: params.seed,
    });
    const scored = evaluateModels('evaluate', { models: [trained.model], test: data.test });
    const best = selectBest('measured', { evaluations: scored.evaluations, metric: 'accuracy' });
    const registered = registerModel('register', {
      model: best.model,
      name: 'customer-lifecycle',
      metrics: best.metrics,
      description: text`${run.id}, window ${params.window}`,
    });

    const { accuracy } = best.metrics;
    const weak = accuracy.lessThan(params.staging);
    const again = (id: string, window: 'half' | 'all') =>
      triggerPipeline(id, {
        pipeline: 'model-lifecycle',
        params: {
          source: params.source,
          window,
          production: params.production,
          staging: params.staging,
          seed: params.seed,
        },
      });
    const promote = (id: string, stage: 'Production' | 'Staging', alias: string) =>
      promoteModel(id, {
        name: registered.name,
        version: registered.version,
        stage,
        alias,
        archiveExisting: stage === 'Production',
        reason: text`accuracy ${accuracy} with the window ${params.window}`,
      });
    choose('validate-model', {
      cases: {
        production: {
          when: accuracy.atLeast(params.production),
          do: () => promote('to-production', 'Production', 'champion'),
        },
        staging: {
          when: accuracy.atLeast(params.staging).and(accuracy.lessThan(params.production)),
          do: () => promote('to-staging', 'Staging', 'challenger'),
        },
        'half-of-the-rows': {
          when: weak.and(params.window.equals('quarter')),
          do: () => again('retrain-with-half', 'half'),
        },
        'all-rows': {
          when: weak.and(params.window.equals('half')),
          do: () => again('retrain-with-all', 'all'),
        },
        alert: {
          when: weak.and(params.window.equals('all')),
          do: () =>
            notify('alert', {
              subject: 'customer-lifecycle: the model is too weak',
              text: text`Version ${registered.version} has an accuracy of ${accuracy} on held-out rows, although it was trained with all rows; ${params.staging} is asked for. It stays where it is.`,
            }),
        },
      },
    });
  },
);
