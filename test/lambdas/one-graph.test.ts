/** Preprocessing of one's own steps and the estimator in one file, which takes the raw columns. */
import '../support/quiet-telemetry';
import { handler as evaluateModels } from '../../lambdas/evaluate-models/handler';
import { handler as fitFeatures } from '../../lambdas/fit-features/handler';
import { handler as predictBatch } from '../../lambdas/predict-batch/handler';
import { handler as registerModel } from '../../lambdas/register-model/handler';
import { handler as trainEstimator } from '../../lambdas/train-estimator/handler';
import { handler as trainGradientBoosting } from '../../lambdas/train-gradient-boosting/handler';
import { handler as trainLogisticRegression } from '../../lambdas/train-logistic-regression/handler';
import { handler as writeModelCard } from '../../lambdas/write-model-card/handler';
import { readParquet } from '../../lib/data/read-parquet';
import { regressorOf } from '../../lib/ml/estimators';
import type { Json } from '../../lib/model/json';
import { versionMaterial } from '../../lib/serving/version-material';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { loans, outputOf, readText, storeDataset, testObjects } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

type Input = { readonly [name: string]: Json };
type Trained = { model: Input & { uri: string; classes: string[] } };
type Metrics = Readonly<Record<string, number>>;

const steps = [
  { kind: 'numbers', columns: ['noise'], impute: { strategy: 'median' }, indicator: true },
  { kind: 'bins', columns: ['amount'], nBins: 4, encode: 'one-hot' },
  { kind: 'polynomial', columns: ['amount', 'noise'] },
  { kind: 'texts', columns: ['town'], encode: { kind: 'target' } },
  { kind: 'texts', columns: ['town'], impute: { strategy: 'most-frequent' } },
];

const dated = (seed: number, rows: number) =>
  ({
    ...loans(seed, rows),
    day: [
      'string',
      Array.from({ length: rows }, (_, row) => `2026-${String((row % 12) + 1).padStart(2, '0')}-05`),
    ],
  }) as ReturnType<typeof loans>;

let aws: LocalAws;
let dataset: Json;
let later: Json;
let data: { train: Input; test: Input; features: string[] };
beforeAll(async () => {
  aws = await startLocalAws();
  dataset = await storeDataset('loans', loans(1, 500));
  later = await storeDataset('later', loans(2, 300));
  data = await outputOf(fitFeatures, 'features', {
    train: dataset,
    test: later,
    target: 'outcome',
    positive: 'fails',
    exclude: ['loss'],
    steps,
  });
});
afterAll(async () => aws.stop());

const metricsOf = async (test: Json, ...models: Json[]) =>
  (
    await outputOf<{ evaluations: { metrics: Metrics }[] }>(evaluateModels, 'evaluate', { models, test })
  ).evaluations.map(({ metrics }) => metrics);

it('keeps the raw columns, and the out-of-fold encodings beside them', async () => {
  expect(data.features).toContain('town_target');
  const names = ({ columns }: DatasetRef) => columns.map(({ name }) => name);
  expect(names(data.test['dataset'] as DatasetRef)).toEqual(['amount', 'town', 'noise', 'outcome']);
  expect(names(data.train['learned'] as DatasetRef)).toEqual(data.features);
  expect(data.test['learned']).toBeUndefined();
});

it('trains, judges, explains and scores by the raw columns', async () => {
  const { train, test } = data;
  const boosting = (await outputOf<Trained>(trainGradientBoosting, 'boosting', { train, nEstimators: 20 }))
    .model;
  const logistic = (await outputOf<Trained>(trainLogisticRegression, 'logistic', { train })).model;
  const metrics = await metricsOf(test, boosting, logistic);
  for (const { auc } of metrics) expect(auc).toBeGreaterThan(0.85);
  // The signature names what a request has to bring.
  const mlmodel = Buffer.from(await testObjects().getBytes(`${boosting.uri}MLmodel`)).toString();
  const inputs = JSON.parse(/inputs: '(.*)'/.exec(mlmodel)![1]!) as { name: string; type: string }[];
  expect(inputs.map(({ name, type }) => [name, type])).toEqual([
    ['noise', 'double'],
    ['amount', 'double'],
    ['town', 'string'],
  ]);
  // A dataset as it comes, without a step of preprocessing.
  const { predictions } = await outputOf<{ predictions: DatasetRef[] }>(predictBatch, 'predict', {
    model: boosting,
    dataset: later,
    name: 'failing',
  });
  const [part] = predictions;
  const scored = await readParquet(await testObjects().getBytes(part!.uri), part!.columns);
  const of = (name: string) => scored.columns.find((column) => column.name === name)!.values;
  const right = of('label').filter((label, row) => label === of('outcome')[row]).length;
  expect(right / scored.rows).toBeCloseTo(metrics[0]!['accuracy']!, 12);
  const card = await outputOf<{ metrics: Metrics; json: Json; importances: { column: string }[] }>(
    writeModelCard,
    'card',
    { model: boosting, train, test },
  );
  expect(card.metrics['auc']).toBeCloseTo(metrics[0]!['auc']!, 12);
  expect(card.importances.map(({ column }) => column).sort()).toEqual(['amount', 'noise', 'town']);
  const { shap } = JSON.parse(await readText(card.json)) as { shap: { column: string }[] };
  expect(shap.map(({ column }) => column).sort()).toEqual(['amount', 'amount × noise', 'noise', 'town']);
  // Who deploys it knows what it predicts, though the data have other columns too.
  const { version } = await outputOf<{ version: string }>(registerModel, 'register', {
    model: boosting,
    name: 'loans',
    metrics: { rows: 1, auc: 0, accuracy: 0, precision: 0, recall: 0, f1: 0, logLoss: 0 },
  });
  expect((await versionMaterial(testObjects(), 'loans', version)).target).toBe('outcome');
});

it('goes on from such a version with its preprocessing', async () => {
  const first = await outputOf<Trained>(trainGradientBoosting, 'first', {
    train: data.train,
    nEstimators: 5,
  });
  await outputOf(registerModel, 'register', {
    model: first.model,
    name: 'warm',
    metrics: { rows: 1, auc: 0, accuracy: 0, precision: 0, recall: 0, f1: 0, logLoss: 0 },
  });
  const { model } = await outputOf<Trained>(trainGradientBoosting, 'second', {
    train: data.train,
    nEstimators: 15,
    warmStart: { name: 'warm', version: '1' },
  });
  const [before, after] = await metricsOf(data.test, first.model, model);
  expect(after!['logLoss']).toBeLessThan(before!['logLoss']!);
});

it('takes hashes, dates and neighbours into the file, too', async () => {
  const { train, test, features } = await outputOf<typeof data>(fitFeatures, 'features', {
    train: await storeDataset('dated', dated(1, 500)),
    test: await storeDataset('dated-later', dated(2, 300)),
    target: 'outcome',
    positive: 'fails',
    exclude: ['loss'],
    steps: [
      { kind: 'numbers', columns: ['amount', 'noise'] },
      { kind: 'texts', encode: { kind: 'hashing', nFeatures: 4 }, columns: ['town'] },
      { kind: 'dates', columns: ['day'], parts: ['month', 'day-of-week'] },
    ],
  });
  expect(features).toEqual([
    'amount',
    'noise',
    'town#0',
    'town#1',
    'town#2',
    'town#3',
    'day_month',
    'day_day-of-week',
  ]);
  const { model } = await outputOf<Trained>(trainEstimator, 'neighbours', {
    train,
    algorithm: 'nearest-neighbours',
    params: { nNeighbors: 9, weights: 'distance' },
  });
  const [metrics] = await metricsOf(test, model);
  expect(metrics!['auc']).toBeGreaterThan(0.8);
  const x = { rows: 6, names: ['a'], columns: [Float64Array.of(1, 2, 3, 4, 5, 6)] };
  expect(() =>
    regressorOf('nearest-neighbours-regressor', {})(x, x.columns[0]!, { sampleWeight: x.columns[0] }),
  ).toThrow('takes no weights of rows');
});
