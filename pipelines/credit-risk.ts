import {
  compareWithChampion,
  cron,
  evaluateModels,
  ingestCsv,
  minutes,
  notify,
  pipeline,
  prepareFeatures,
  profileDataset,
  promoteModel,
  publishPages,
  registerModel,
  selectBest,
  text,
  trainGradientBoosting,
  trainLogisticRegression,
  trainRandomForest,
  validateDataset,
  writeModelCard,
  z,
  type ExpectationSuiteInput,
} from '../lib';

/** Nobody's credit may depend on these unnoticed: the model card shows the model on each group of applicants by itself. */
const sensitive = ['personal_status_sex', 'age_years', 'foreign_worker'];

/** What a file of credit applications must look like before anything is learned from it. */
const creditApplications: ExpectationSuiteInput = {
  name: 'credit-applications',
  expectations: [
    { type: 'expect_table_row_count_to_be_between', min: 500 },
    { type: 'expect_column_values_to_not_be_null', column: 'risk' },
    { type: 'expect_column_values_to_be_in_set', column: 'risk', values: ['good', 'bad'] },
    { type: 'expect_column_values_to_be_between', column: 'age_years', min: 18, max: 100 },
    { type: 'expect_column_values_to_be_between', column: 'duration_months', min: 1, max: 120 },
    { type: 'expect_column_values_to_be_between', column: 'credit_amount', min: 100, max: 100_000 },
    {
      type: 'expect_column_values_to_be_in_set',
      column: 'checking_status',
      values: ['A11', 'A12', 'A13', 'A14'],
    },
    { type: 'expect_column_values_to_match_regex', column: 'purpose', regex: '^A4\\d{1,2}$', mostly: 0.99 },
    {
      type: 'expect_column_values_to_be_between',
      column: 'installment_rate_pct',
      min: 1,
      max: 4,
      severity: 'warning',
    },
    {
      type: 'expect_column_mean_to_be_between',
      column: 'credit_amount',
      min: 2000,
      max: 5000,
      severity: 'warning',
    },
    {
      type: 'expect_column_values_to_be_in_set',
      column: 'foreign_worker',
      values: ['A201', 'A202'],
      severity: 'info',
    },
  ],
};

export default pipeline(
  {
    id: 'credit-risk',
    description: 'Scores credit applications; retrained every Monday.',
    owner: 'risk-ml',
    schedule: cron('0 6 * * MON', { timeZone: 'Europe/Berlin' }),
    startDate: '2026-01-05',
    maxActiveRuns: 1,
    params: z.object({
      source: z
        .string()
        .min(1)
        .default('raw/german_credit.csv')
        .describe('Key of the CSV file in the data bucket'),
      minimumAuc: z.number().min(0).max(1).default(0.7).describe('Below this AUC nothing is registered'),
      maxDrop: z
        .number()
        .nonnegative()
        .default(0.05)
        .describe(
          'AUC that the model in production may lose against its registration before people are told',
        ),
      testSize: z.number().gt(0).lt(1).default(0.2).describe('Share of the rows held out'),
      seed: z.int().nonnegative().default(42).describe('Seed of the split and of the estimators'),
    }),
    defaults: { retries: 2, retryDelay: 30, backoff: 2, jitter: true, timeout: minutes(10) },
    tags: ['risk', 'classification'],
  },
  ({ params, run, group, branch }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'applications' });
    const valid = validateDataset('validate', { dataset: raw.dataset, suite: creditApplications });
    profileDataset('profile', { dataset: valid.dataset, target: 'risk' });
    const data = prepareFeatures('features', {
      dataset: valid.dataset,
      target: 'risk',
      positive: 'bad',
      testSize: params.testSize,
      seed: params.seed,
    });

    const candidates = group('train', () => [
      trainRandomForest('random-forest', {
        train: data.train,
        nEstimators: 300,
        minSamplesLeaf: 2,
        seed: params.seed,
      }),
      trainLogisticRegression('logistic-regression', { train: data.train, c: 0.3, seed: params.seed }),
      trainGradientBoosting('gradient-boosting', {
        train: data.train,
        nEstimators: 150,
        learningRate: 0.05,
        maxDepth: 4,
        maxLeafNodes: 8,
        minSamplesLeaf: 10,
        l2Regularization: 1,
        seed: params.seed,
      }),
    ]);
    const scored = evaluateModels('evaluate', {
      models: candidates.map((candidate) => candidate.model),
      test: data.test,
    });
    const best = selectBest('select-best', { evaluations: scored.evaluations, metric: 'auc' });

    const card = writeModelCard('model-card', {
      model: best.model,
      test: data.test,
      intendedUse: 'Tells applications that deserve a second look; people decide on them.',
      limitations:
        'Learned from a thousand applications of one bank, with more than twice as many good risks as bad ones.',
      // As the data set's authors have it: a bad risk taken for a good one costs five times as much.
      costs: { falsePositive: 1, falseNegative: 5 },
      slices: sensitive,
      shapRows: 20,
    });
    // Where people look every week. The profile has long been there by then, and nobody waits for it.
    publishPages('pages', { title: 'Credit risk' }, { after: [card] });

    branch('good-enough', best.metrics.auc.atLeast(params.minimumAuc), {
      no: () =>
        notify('alert', {
          subject: 'credit-risk: no model is good enough',
          text: text`The best model, ${best.model.name}, has an AUC of ${best.metrics.auc}; ${params.minimumAuc} is the floor. Nothing was registered.`,
        }),
      yes: () => {
        const registered = registerModel('register', {
          model: best.model,
          name: 'credit-risk',
          metrics: best.metrics,
        });
        const duel = compareWithChampion('compare', {
          model: registered.model,
          name: registered.name,
          version: registered.version,
          test: data.test,
        });
        branch('performance-drift', duel.drop.atMost(params.maxDrop), {
          no: () =>
            notify('drift-alert', {
              subject: 'credit-risk: the model in production has become worse',
              text: text`On the applications of ${run.ds} its AUC is lower by ${duel.drop} than when it was registered; ${params.maxDrop} is allowed. ${duel.reason}.`,
            }),
        });
        branch('beats-champion', duel.better.equals(true), {
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
            promoteModel('keep-in-staging', {
              name: registered.name,
              version: registered.version,
              stage: 'Staging',
              reason: duel.reason,
            }),
        });
      },
    });
  },
);
