import {
  daily,
  evaluateModels,
  ingestCsv,
  pipeline,
  prepareFeatures,
  registerModel,
  trainRandomForest,
  z,
} from '../lib';

/** The smallest whole pipeline: three species of iris, one model. Upload `data/iris.csv` to `raw/` before. */
export default pipeline(
  {
    id: 'iris-training',
    description: 'Tells three species of iris apart by their measurements; the pipeline to start from.',
    schedule: daily,
    startDate: '2026-01-01',
    params: z.object({
      source: z.string().min(1).default('raw/iris.csv').describe('Key of the CSV file in the data bucket'),
      nEstimators: z.int().positive().default(100).describe('Trees of the forest'),
    }),
    defaults: { retries: 1, retryDelay: 60 },
    tags: ['example', 'classification'],
  },
  ({ params }) => {
    const raw = ingestCsv('ingest', { source: params.source, name: 'iris' });
    const data = prepareFeatures('features', { dataset: raw.dataset, target: 'species' });
    const { model } = trainRandomForest('train', { train: data.train, nEstimators: params.nEstimators });
    const scored = evaluateModels('evaluate', { models: [model], test: data.test });
    registerModel('log', { model, name: 'iris', metrics: scored.evaluations[0]!.metrics });
  },
);
