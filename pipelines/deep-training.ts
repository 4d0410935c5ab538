import {
  container,
  hours,
  ingestCsv,
  logTraining,
  notify,
  pipeline,
  pool,
  registerModel,
  text,
  validateDataset,
  weekly,
  z,
  type ExpectationSuiteInput,
} from '../lib';

/** The machines with a GPU that there are: trainings of all pipelines wait for each other. */
const gpu = pool('gpu', 1);

const flowers: ExpectationSuiteInput = {
  name: 'flowers',
  expectations: [
    { type: 'expect_table_row_count_to_be_between', min: 100 },
    { type: 'expect_column_values_to_not_be_null', column: 'species' },
    { type: 'expect_column_values_to_be_between', column: 'petal_length_cm', min: 0, max: 20 },
    { type: 'expect_column_values_to_be_between', column: 'petal_width_cm', min: 0, max: 20 },
  ],
};

/** Shares between 0 and 1 are better when higher; a loss is not. */
const metrics = z.object({
  rows: z.int().positive(),
  auc: z.number(),
  accuracy: z.number(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  logLoss: z.number(),
});

/**
 * A network in Python, in a container of its own on a queue with GPUs. Its image is made of `pipelines/deep-training`; on a
 * machine without a container engine the same program runs in the Python that is there, on the CPU. Upload `data/iris.csv` to
 * `raw/` before.
 */
export default pipeline(
  {
    id: 'deep-training',
    description: 'Trains a network in a container with a GPU; a retry goes on from the last checkpoint.',
    owner: 'vision-ml',
    schedule: weekly,
    startDate: '2026-01-01',
    maxActiveRuns: 1,
    params: z.object({
      source: z.string().startsWith('raw/').default('raw/iris.csv').describe('Key of a CSV file of numbers'),
      epochs: z.int().min(1).max(500).default(60).describe('Times that the network sees all rows'),
      hidden: z.int().min(1).max(512).default(16).describe('Units of the hidden layer'),
      learningRate: z.number().positive().max(1).default(0.05).describe('Length of a step down the slope'),
      minimumAccuracy: z.number().min(0).max(1).default(0.9).describe('Below it nothing is registered'),
      seed: z.int().nonnegative().default(42).describe('Of the split, the first weights and the shuffles'),
    }),
    defaults: { retries: 2, retryDelay: 5, backoff: 2 },
    tags: ['deep-learning', 'classification', 'gpu'],
  },
  ({ params, branch }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'flowers' });
    const valid = validateDataset('validate', { dataset: raw.dataset, suite: flowers });
    const trained = container('train', {
      runsOn: 'batch',
      gpu: 1,
      cpu: 4,
      memoryMb: 8192,
      pool: gpu,
      timeout: hours(4),
      image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/deep-training:1',
      input: {
        pipeline: 'deep-training',
        source: params.source,
        target: 'species',
        epochs: params.epochs,
        hidden: params.hidden,
        learningRate: params.learningRate,
        batch: 16,
        testSize: 0.2,
        checkpointEvery: 5,
        seed: params.seed,
      },
      output: z.object({
        history: z.array(z.object({ step: z.int(), metrics: z.record(z.string(), z.number()) })),
        resumedFrom: z.int(),
        metrics,
        classes: z.array(z.string()),
        file: z.object({ uri: z.string(), sha256: z.string(), bytes: z.int() }),
      }),
      access: [
        { store: 'objects', mode: 'read', prefix: 'raw/' },
        { store: 'objects', mode: 'write', prefix: 'checkpoints/{pipeline}/' },
      ],
      local: {
        command: 'node',
        args: ['pipelines/python/run.mjs', 'pipelines/deep-training/train.py'],
        check: ['pipelines/python/run.mjs', '--check', 'pipelines/deep-training/train.py'],
      },
    }).after(valid);
    const logged = logTraining('log', {
      name: 'network',
      algorithm: 'network-tanh-softmax',
      history: trained.history,
      params: {
        source: params.source,
        epochs: params.epochs,
        hidden: params.hidden,
        learningRate: params.learningRate,
        seed: params.seed,
      },
      file: trained.file,
      classes: trained.classes,
      resumedFrom: trained.resumedFrom,
    });
    branch('good-enough', trained.metrics.accuracy.atLeast(params.minimumAccuracy), {
      yes: () =>
        registerModel('register', { model: logged.model, name: 'flowers-network', metrics: trained.metrics }),
      no: () =>
        notify(
          'alert',
          {
            subject: 'deep-training: the network is too weak',
            text: text`Its accuracy on held-out rows is ${trained.metrics.accuracy}; ${params.minimumAccuracy} is the floor. Nothing was registered.`,
          },
          { after: [logged] },
        ),
    });
  },
);
