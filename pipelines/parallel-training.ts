import {
  container,
  evaluateModels,
  hours,
  ingestCsv,
  logTraining,
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

/** What the network in Python learns by. */
const network = { hidden: 8, alpha: 0.1, learningRate: 0.005, epochs: 40 };

/**
 * Six kinds of model learn from the same rows at the same time: five in functions, and one of scikit-learn in a container of
 * its own, whose image is made of `pipelines/parallel-training`. On a machine without a container engine it learns in the
 * Python that is there, and is skipped where there is none with its packages. Upload `data/german_credit.csv` to `raw/` before.
 */
export default pipeline(
  {
    id: 'parallel-training',
    description:
      'Trains six kinds of model in parallel and registers the one that does best on held-out rows.',
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
    const candidates = group('train', () => {
      const inPython = container('scikit-learn', {
        runsOn: 'fargate',
        cpu: 2,
        memoryMb: 4096,
        timeout: hours(1),
        image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/parallel-training:1',
        input: { train, ...network, seed, folder: 'checkpoints/parallel-training' },
        output: z.object({
          history: z.array(z.object({ step: z.int(), metrics: z.record(z.string(), z.number()) })),
          file: z.object({ uri: z.string(), sha256: z.string(), bytes: z.int() }),
        }),
        access: [
          { store: 'objects', mode: 'read', prefix: 'features/{pipeline}/' },
          { store: 'objects', mode: 'write', prefix: 'checkpoints/{pipeline}/' },
        ],
        skipOnExitCode: 69,
        local: {
          command: 'node',
          args: [
            'pipelines/python/run.mjs',
            '--needs',
            'sklearn,skl2onnx,pyarrow',
            'pipelines/parallel-training/train.py',
          ],
        },
      });
      return [
        trainRandomForest('random-forest', { train, nEstimators: 200, minSamplesLeaf: 2, seed }),
        trainExtraTrees('extra-trees', { train, nEstimators: 200, minSamplesLeaf: 3, seed }),
        trainLogisticRegression('logistic-regression', { train, c: 0.3, seed }),
        trainGradientBoosting('gradient-boosting', { train, learningRate: 0.05, maxLeafNodes: 8, seed }),
        trainNaiveBayes('naive-bayes', { train, varSmoothing: 1e-2 }),
        logTraining('network', {
          name: 'scikit-learn-network',
          algorithm: 'sklearn.MLPClassifier',
          history: inPython.history,
          params: { ...network, seed },
          file: inPython.file,
          classes: train.classes,
          train,
        }),
      ];
    });
    // A candidate that is skipped or fails takes the others nothing away.
    const scored = evaluateModels(
      'evaluate',
      { models: candidates.map(({ model }) => model), test },
      { triggerRule: 'all_done_min_one_success' },
    );
    const best = selectBest('select-best', { evaluations: scored.evaluations, metric: params.metric });
    registerModel('register', { model: best.model, name: 'parallel-training', metrics: best.metrics });
  },
);
