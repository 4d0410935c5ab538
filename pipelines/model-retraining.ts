import {
  collectPredictions,
  compareWithChampion,
  datasetUpdated,
  evaluateModels,
  ingestParquet,
  minutes,
  notify,
  pipeline,
  prepareFeatures,
  promoteModel,
  registerModel,
  selectBest,
  text,
  transformSql,
  tuneModel,
  validateDataset,
  z,
  type ExpectationSuiteInput,
} from '../lib';

const customers: ExpectationSuiteInput = {
  name: 'customers',
  expectations: [
    { type: 'expect_table_row_count_to_be_between', min: 1000 },
    { type: 'expect_column_values_to_be_in_set', column: 'churn', values: [0, 1] },
    { type: 'expect_column_values_to_be_between', column: 'seconds_of_use', min: 0 },
  ],
};

/** Columns of whole numbers, which requests in JSON tell from others by their value only. */
const wholeNumbers = [
  'call_failure',
  'complains',
  'subscription_length',
  'charge_amount',
  'seconds_of_use',
  'frequency_of_use',
  'frequency_of_sms',
  'distinct_called_numbers',
  'age_group',
  'tariff_plan',
  'status',
  'age',
  'churn',
];

/** What was known at first, and what was asked since with what came to pass. The newest rows come last. */
const knownByNow = `
  SELECT * FROM customers
  UNION ALL BY NAME
  SELECT * REPLACE (${wholeNumbers.map((name) => `${name}::BIGINT AS ${name}`).join(', ')}) FROM answered`;

/**
 * Started by `model-monitoring` when the model that is served has drifted or decayed, and by `data-ingestion` when there
 * are new customers. Params are chosen by cross-validation; a better model becomes `champion`, which starts
 * `model-deployment`.
 */
export default pipeline(
  {
    id: 'model-retraining',
    description: 'Trains the churn model again, with the customers whose predictions have labels by now.',
    owner: 'customer-ml',
    triggers: [datasetUpdated('customers')],
    maxActiveRuns: 1,
    params: z.object({
      source: z
        .string()
        .startsWith('raw/')
        .default('raw/published/customers.parquet')
        .describe('Key of the Parquet file in the data bucket; data-ingestion writes it'),
      hours: z.number().positive().default(168).describe('How far back labelled predictions are taken'),
      minimumImprovement: z.number().nonnegative().default(0.001).describe('Gain in AUC that is asked for'),
      minimumAuc: z.number().min(0).max(1).default(0.8).describe('Below this AUC nothing is promoted'),
      folds: z.int().min(2).max(10).default(3).describe('Of the cross-validation that chooses params'),
      seed: z.int().nonnegative().default(42).describe('Seed of the split and of the estimators'),
    }),
    defaults: { retries: 2, retryDelay: 30, backoff: 2, timeout: minutes(10) },
    tags: ['customers', 'classification', 'retraining'],
    local: { after: ['model-deployment', 'data-ingestion'] },
  },
  ({ params, run, group, branch }) => {
    const raw = ingestParquet('ingest', { source: params.source, name: 'customers' });
    // What was asked and came to pass says the same whichever version had answered.
    const log = collectPredictions('collect', {
      endpoint: 'churn',
      hours: params.hours,
      labelledBy: 'all',
      // Then there is nothing to retrain: churn trains the first one.
      unserved: 'skip',
    });
    const rows = transformSql('merge', {
      inputs: { customers: raw.dataset, answered: log.labelled },
      sql: knownByNow,
      name: 'known-by-now',
    });
    const valid = validateDataset('validate', { dataset: rows.dataset, suite: customers });
    const data = prepareFeatures('features', {
      dataset: valid.dataset,
      target: 'churn',
      positive: '1',
      seed: params.seed,
    });
    const tuning = {
      train: data.train,
      search: 'grid' as const,
      folds: params.folds,
      scoring: 'roc-auc' as const,
      seed: params.seed,
    };
    const candidates = group('train', () => [
      tuneModel('gradient-boosting', {
        ...tuning,
        algorithm: 'gradient-boosting',
        space: { maxLeafNodes: [8, 16], nEstimators: [60, 120] },
        fixed: { classWeight: 'balanced' },
      }),
      tuneModel('logistic-regression', {
        ...tuning,
        algorithm: 'logistic-regression',
        space: { c: [0.1, 1, 10] },
        fixed: { classWeight: 'balanced' },
      }),
    ]);
    const scored = evaluateModels('evaluate', {
      models: candidates.map((candidate) => candidate.model),
      test: data.test,
    });
    const best = selectBest('select-best', { evaluations: scored.evaluations, metric: 'auc' });
    const registered = registerModel('register', {
      model: best.model,
      name: 'churn',
      metrics: best.metrics,
      description: text`${run.id}: ${log.labelledRows} labelled predictions`,
    });
    const duel = compareWithChampion('compare', {
      model: registered.model,
      name: registered.name,
      version: registered.version,
      test: data.test,
      metric: 'auc',
      minimumImprovement: params.minimumImprovement,
    });
    const good = best.metrics.auc.atLeast(params.minimumAuc);
    branch('better-than-production', duel.better.equals(true).and(good), {
      yes: () =>
        promoteModel('promote', {
          name: registered.name,
          version: registered.version,
          stage: 'Production',
          alias: 'champion',
          archiveExisting: true,
          reason: duel.reason,
          expected: duel.expected,
        }),
      no: () =>
        notify('alert', {
          subject: 'churn: retraining did not help',
          text: text`Version ${registered.version} was not promoted. ${duel.reason}; the floor is ${params.minimumAuc}.`,
        }),
    });
  },
);
