import {
  compareWithChampion,
  cron,
  detectAnomalies,
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
  trainLogisticRegression,
  validateDataset,
  z,
  type ExpectationSuiteInput,
} from '../lib';

/** A year of customers of a telecom operator, one row each. */
const customers: ExpectationSuiteInput = {
  name: 'customers',
  expectations: [
    { type: 'expect_table_row_count_to_be_between', min: 1000 },
    { type: 'expect_column_values_to_be_in_set', column: 'churn', values: [0, 1] },
    { type: 'expect_column_values_to_be_between', column: 'subscription_length', min: 0, max: 120 },
    { type: 'expect_column_values_to_be_between', column: 'seconds_of_use', min: 0 },
    { type: 'expect_column_values_to_be_in_set', column: 'tariff_plan', values: [1, 2] },
    { type: 'expect_column_values_to_be_in_set', column: 'status', values: [1, 2] },
    // Far more or fewer leave than usual: the model may still be right, somebody should look.
    {
      type: 'expect_column_mean_to_be_between',
      column: 'churn',
      min: 0.05,
      max: 0.35,
      severity: 'warning',
    },
  ],
};

/** Upload `data/telecom_churn.csv` to `raw/` before. */
export default pipeline(
  {
    id: 'churn',
    description: 'Finds customers who are about to leave; a better model replaces the one in production.',
    owner: 'customer-ml',
    schedule: cron('30 4 * * *', { timeZone: 'Europe/Berlin' }),
    startDate: '2026-01-01',
    maxActiveRuns: 1,
    params: z.object({
      source: z
        .string()
        .min(1)
        .default('raw/telecom_churn.csv')
        .describe('Key of the CSV file in the data bucket'),
      minimumImprovement: z
        .number()
        .nonnegative()
        .default(0.001)
        .describe('Gain in AUC below which the model in production stays'),
      minimumAuc: z
        .number()
        .min(0)
        .max(1)
        .default(0.8)
        .describe('Floor of the AUC: nothing below it goes to production, however weak the one there looks'),
      seed: z.int().nonnegative().default(42).describe('Seed of the split and of the estimators'),
    }),
    defaults: { retries: 2, retryDelay: 30, backoff: 2, jitter: true, timeout: minutes(10) },
    tags: ['customers', 'classification'],
  },
  ({ params, group, branch }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'customers' });
    const valid = validateDataset('validate', { dataset: raw.dataset, suite: customers });
    // What each row may be, the suite says; whether the file as a whole is like those of the days before, this does.
    const usual = detectAnomalies('anomalies', { dataset: valid.dataset });
    const data = prepareFeatures('features', {
      dataset: usual.dataset,
      target: 'churn',
      positive: '1',
      seed: params.seed,
    });

    // One in six leaves: 'balanced' makes the few count as much as the many.
    const candidates = group('train', () => [
      trainGradientBoosting('gradient-boosting', {
        train: data.train,
        nEstimators: 200,
        learningRate: 0.1,
        maxLeafNodes: 16,
        classWeight: 'balanced',
        seed: params.seed,
      }),
      trainLogisticRegression('logistic-regression', {
        train: data.train,
        classWeight: 'balanced',
        seed: params.seed,
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
          subject: 'churn: the model in production stays',
          text: text`Version ${registered.version} (${best.model.name}) was not promoted. ${duel.reason}; the floor is ${params.minimumAuc}.`,
        }),
    });
  },
);
