/** Values that arithmetic does not survive, through the tasks: refused with their row, or without harm to what comes out. */
import '../support/quiet-telemetry';
import { handler as compareDatasets } from '../../lambdas/compare-datasets/handler';
import { handler as detectDrift } from '../../lambdas/detect-drift/handler';
import { handler as detectOutliers } from '../../lambdas/detect-outliers/handler';
import { handler as evaluateForecast } from '../../lambdas/evaluate-forecast/handler';
import { handler as evaluateModels } from '../../lambdas/evaluate-models/handler';
import { handler as fitFeatures } from '../../lambdas/fit-features/handler';
import { handler as inferSuite } from '../../lambdas/infer-suite/handler';
import { handler as measureDecay } from '../../lambdas/measure-decay/handler';
import { handler as predictBatch } from '../../lambdas/predict-batch/handler';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as profileDataset } from '../../lambdas/profile-dataset/handler';
import { handler as trainEstimator } from '../../lambdas/train-estimator/handler';
import { handler as trainKMeans } from '../../lambdas/train-k-means/handler';
import { handler as validateDataset } from '../../lambdas/validate-dataset/handler';
import { handler as writeFeatures } from '../../lambdas/write-features/handler';
import { handler as writeModelCard } from '../../lambdas/write-model-card/handler';
import type { Cell } from '../../lib/data/read-parquet';
import type { Json } from '../../lib/model/json';
import { onlineFeatures } from '../../lib/serving/feature-groups';
import { loans, outputOf, readText, storeDataset, type Columns } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

type Parts = { readonly train: Json; readonly test: Json };
type Trained = { readonly model: Json };
type Judged = { readonly evaluations: { readonly metrics: Record<string, number> }[] };

const ROWS = 60;
const good: Columns = {
  ...loans(1, ROWS),
  id: ['integer', Array.from({ length: ROWS }, (_, row) => row)],
  day: ['date', Array.from({ length: ROWS }, (_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString())],
};
const filled = (value: Cell | ((row: number) => Cell)) =>
  Array.from({ length: ROWS }, (_, row) => (typeof value === 'function' ? value(row) : value));
const amounts = (value: (row: number) => Cell): Columns => ({ ...good, amount: ['number', filled(value)] });
const infinite = amounts((row) => (row === 8 ? Number.NEGATIVE_INFINITY : row));

const target = { target: 'outcome', positive: 'fails', exclude: ['loss', 'id', 'day'] };
let aws: LocalAws;
let parts: Parts;
let model: Json;
let count = 0;
const store = async (columns: Columns) => storeDataset(`odd-${++count}`, columns);
const prepare = async (columns: Columns) =>
  outputOf<Parts>(prepareFeatures, 'features', { dataset: await store(columns), ...target });
const train = async (part: Json, algorithm: string, task = `train-${++count}`) =>
  (await outputOf<Trained>(trainEstimator, task, { train: part, algorithm })).model;

beforeAll(async () => {
  aws = await startLocalAws();
  parts = await prepare(good);
  model = await train(parts.train, 'naive-bayes');
});
afterAll(async () => aws.stop());

const InvalidDataset = expect.objectContaining({ name: 'Millrace.InvalidDataset' }) as unknown;
async function refused(work: Promise<unknown>, message: string): Promise<void> {
  await expect(work).rejects.toThrow(message);
  await expect(work).rejects.toEqual(InvalidDataset);
}

describe('an infinite number', () => {
  it('is no feature to learn from, whoever prepares it', async () => {
    const dataset = await store(infinite);
    const message = "Column 'amount' is -Infinity in row 9";
    await refused(outputOf(fitFeatures, 'f', { train: dataset, test: dataset, ...target }), message);
    await refused(
      outputOf(trainKMeans, 'k', { dataset, columns: ['amount'], nClusters: 2, name: 'k' }),
      message,
    );
    await refused(
      outputOf(detectOutliers, 'o', { dataset, method: 'isolation-forest' }),
      "The column 'amount' has infinite values",
    );
    // Fences need no sum: it is an outlier.
    expect(await outputOf(detectOutliers, 'o', { dataset, columns: ['amount'] })).toMatchObject({ count: 1 });
    const everywhere = amounts((row) => (row % 2 === 0 ? 1e39 : 1));
    await refused(prepare(everywhere), "Column 'amount' is 1e+39 in row");
  });

  it('gives no prediction, and no metric', async () => {
    const dataset = await store(infinite);
    const message = "for row 9, where 'amount' is -Infinity; a prediction is a finite number";
    await refused(outputOf(predictBatch, 'p', { model, dataset, name: 'p' }), message);
    await refused(
      outputOf(measureDecay, 'd', { model, current: dataset, target: 'outcome', baseline: { value: 0.8 } }),
      message,
    );
    const test = { ...(parts.test as object), dataset } as Json;
    await refused(outputOf(evaluateModels, 'e', { models: [model], test }), message);
    await refused(outputOf(writeModelCard, 'c', { model, test }), message);
  });

  it('is missing in profiles, no fence for expectations, and a bin of its own in drift', async () => {
    const dataset = await store(amounts((row) => (row % 3 === 0 ? Number.POSITIVE_INFINITY : row)));
    const profile = await outputOf<{ report: Json }>(profileDataset, 'profile', { dataset });
    expect(await readText(profile.report)).toContain('amount has 20 values that are infinite');
    const { report } = await outputOf<{ report: Json }>(detectDrift, 'drift', {
      reference: dataset,
      current: await store(good),
      exclude: ['day'],
    });
    expect(await readText(report)).not.toContain('NaN');
    const expectations = ['stdev', 'mean', 'max'].map((what) => ({
      type: `expect_column_${what}_to_be_between`,
      column: 'amount',
      min: 0,
      max: 1e9,
      severity: 'warning',
    }));
    const checked = outputOf(validateDataset, 'validate', { dataset, suite: { name: 's', expectations } });
    expect(await checked).toMatchObject({ failed: { warning: 3 } });
  });
});

describe('a huge number', () => {
  it('is profiled, and becomes a bound of an expectation', async () => {
    const whole: Columns = { id: ['integer', filled((row) => Number.MAX_SAFE_INTEGER - row)] };
    const dataset = await store({ ...whole, far: ['number', filled((row) => 1e39 * (row + 1))] });
    const { report } = await outputOf<{ report: Json }>(profileDataset, 'profile', { dataset });
    expect(await readText(report)).not.toMatch(/NaN|Infinity/);
    const { suite } = await outputOf<{ suite: { expectations: { max?: number }[] } }>(inferSuite, 'infer', {
      dataset,
      name: 's',
    });
    expect(Math.max(...suite.expectations.map(({ max = 0 }) => max))).toBeGreaterThan(6e40);
  });

  it('has no forecast whose error is beyond all numbers', async () => {
    const dataset = await store(amounts((row) => (row % 2 === 0 ? 1e300 : -1e300)));
    const input = { time: 'day', value: 'amount', period: 7, horizon: 2, methods: ['seasonal-naive'] };
    await refused(outputOf(evaluateForecast, 'f', { dataset, ...input }), 'no finite error (RMSE Infinity)');
  });

  it('that float32 cannot tell from its neighbour is equal to it for the model as for its file', async () => {
    const dataset = await store(amounts((row) => 2 ** 52 + row));
    const fitted = await outputOf<Parts>(fitFeatures, 'f', {
      train: dataset,
      test: dataset,
      ...target,
      steps: [{ kind: 'polynomial', columns: ['amount'] }],
    });
    const models = [
      await train(fitted.train, 'logistic-regression'),
      await train(fitted.train, 'decision-tree'),
    ];
    const { evaluations } = await outputOf<Judged>(evaluateModels, 'e', { models, test: fitted.test });
    for (const { metrics } of evaluations) expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
  });
});

describe('latest values of features', () => {
  const write = async (type: 'number' | 'integer', values: readonly Cell[]) =>
    outputOf(writeFeatures, `write-${++count}`, {
      group: { name: `group-${count}`, entity: ['id'], eventTime: 'day' },
      dataset: await storeDataset(`group-${count}`, {
        id: ['string', ['a', 'b']],
        day: ['date', good['day']![1].slice(0, 2)],
        v: [type, values],
      }),
    });

  it('hold numbers as they are, NaN as missing', async () => {
    await write('number', [Number.NaN, 1.5e30]);
    expect((await onlineFeatures(`group-${count}`, [['a'], ['b']])).map((one) => one?.values)).toEqual([
      { v: null },
      { v: 1.5e30 },
    ]);
  });

  it('are refused where they would become others, before anything is written', async () => {
    await refused(write('number', [1, Number.POSITIVE_INFINITY]), "'v' is inf in one of 1 rows");
    await refused(write('number', [1e200, 1]), "'v' is 1e+200");
    await expect(onlineFeatures(`group-${count}`, [['b']])).resolves.toEqual([undefined]);
  });
});

describe('columns that say nothing', () => {
  const silent: Columns = {
    ...good,
    amount: ['number', filled(null)],
    town: ['string', filled(null)],
    noise: ['number', filled(3)],
  };

  it('leave naive Bayes with the priors', async () => {
    const prepared = await prepare(silent);
    const made = await train(prepared.train, 'naive-bayes');
    const { evaluations } = await outputOf<Judged>(evaluateModels, 'e', {
      models: [made],
      test: prepared.test,
    });
    expect(evaluations[0]?.metrics['auc']).toBe(0.5);
    const costs = { falsePositive: 9, falseNegative: 1 };
    const card = await outputOf<{ report: Json }>(writeModelCard, 'c', {
      model: made,
      test: prepared.test,
      costs,
    });
    const page = await readText(card.report);
    expect(/cheapest to call .{20}/.exec(page)?.[0]).toContain('no row &#39;fails');
    expect(/.{20}(NaN|Infinity)/.exec(page)).toBeNull();
  });

  it('can be encoded by the target, and scored', async () => {
    const dataset = await store(silent);
    const steps = [{ kind: 'numbers' }, { kind: 'texts', encode: { kind: 'target' } }];
    const fitted = await outputOf<Parts>(fitFeatures, 'f', {
      train: dataset,
      test: dataset,
      ...target,
      steps,
    });
    const made = await train(fitted.train, 'decision-tree');
    const judged = await outputOf<Judged>(evaluateModels, 'e', { models: [made], test: fitted.test });
    expect(Object.values(judged.evaluations[0]!.metrics).every(Number.isFinite)).toBe(true);
  });
});

describe('texts and rows', () => {
  it('with the character 0 are compared, profiled and expected as others', async () => {
    const dataset = await store({
      ...good,
      town: ['string', filled((row) => ['a\0b', "it's", ''][row % 3]!)],
    });
    const { suite } = await outputOf<{ suite: Json }>(inferSuite, 'infer', { dataset, name: 's' });
    expect(JSON.stringify(suite)).toContain('a\\u0000b');
    expect(await outputOf(validateDataset, 'validate', { dataset, suite })).toMatchObject({ success: true });
    const compared = outputOf(compareDatasets, 'compare', { before: dataset, after: await store(good) });
    expect(await compared).toMatchObject({ added: [], removed: [], retyped: [] });
  });

  it('that are none are nothing to learn from', async () => {
    const none = await store(
      Object.fromEntries(Object.entries(good).map(([name, [type]]) => [name, [type, []] as const])),
    );
    const numbers = {
      dataset: none,
      target: 'loss',
      problem: 'regression',
      exclude: ['outcome', 'id', 'day'],
    };
    const prepared = await outputOf<Parts>(prepareFeatures, 'features', numbers);
    await refused(train(prepared.train, 'dummy-regressor'), 'has no rows to learn from');
    await refused(outputOf(prepareFeatures, 'features', { dataset: none, ...target }), 'There are no rows');
  });
});
