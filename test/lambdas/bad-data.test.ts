/** Data that nobody wants, and what the tasks that learn and score make of them: a named error, or what scikit-learn does. */
import '../support/quiet-telemetry';
import { handler as evaluateModels } from '../../lambdas/evaluate-models/handler';
import { handler as evaluateRegression } from '../../lambdas/evaluate-regression/handler';
import { handler as fitFeatures } from '../../lambdas/fit-features/handler';
import { handler as ingestParquet } from '../../lambdas/ingest-parquet/handler';
import { handler as predictBatch } from '../../lambdas/predict-batch/handler';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as trainGradientBoosting } from '../../lambdas/train-gradient-boosting/handler';
import { handler as trainLogisticRegression } from '../../lambdas/train-logistic-regression/handler';
import { handler as trainRidge } from '../../lambdas/train-ridge/handler';
import { readParquet } from '../../lib/data/read-parquet';
import type { Json } from '../../lib/model/json';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { loans, outputOf, storeDataset, testObjects, type Columns } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

type Input = { readonly [name: string]: Json };
type Parts = { train: Input; test: Input };
type Trained = { model: Input & { uri: string; sha256: string; bytes: number } };

const ROWS = 60;
const good = loans(1, ROWS);
const none: Columns = Object.fromEntries(
  Object.entries(good).map(([name, [type]]) => [name, [type, []] as const]),
);

let aws: LocalAws;
let parts: Parts;
let model: Trained['model'];
beforeAll(async () => {
  aws = await startLocalAws();
  parts = await prepared({});
  model = (await outputOf<Trained>(trainLogisticRegression, 'train', { train: parts.train })).model;
});
afterAll(async () => aws.stop());

let stored = 0;
async function prepared(columns: Columns, input: Input = {}): Promise<Parts> {
  const dataset = await storeDataset(`loans-${++stored}`, { ...good, ...columns });
  return outputOf<Parts>(prepareFeatures, 'features', {
    dataset,
    target: 'outcome',
    positive: 'fails',
    exclude: ['loss'],
    ...input,
  });
}
const evaluated = async (test: Json, of: Json = model) =>
  (
    await outputOf<{ evaluations: { metrics: Record<string, number> }[] }>(evaluateModels, 'evaluate', {
      models: [of],
      test,
    })
  ).evaluations[0]!.metrics;
const predicted = async (columns: Columns) => {
  const { predictions } = await outputOf<{ predictions: DatasetRef[] }>(predictBatch, 'predict', {
    model,
    dataset: await storeDataset(`later-${++stored}`, columns),
    name: 'failing',
  });
  return readParquet(await testObjects().getBytes(predictions[0]!.uri), predictions[0]!.columns);
};
const filled = (value: string | number | null) => Array.from({ length: ROWS }, () => value);

describe('learning', () => {
  it('takes a column without a value, and one that never changes: both say nothing', async () => {
    const { train, test } = await prepared({
      empty: ['number', filled(null)],
      void: ['string', filled(null)],
      constant: ['number', filled(7)],
      same: ['string', filled('x')],
    });
    for (const task of [trainLogisticRegression, trainGradientBoosting]) {
      const { model: made } = await outputOf<Trained>(task, 'train', { train });
      const metrics = await evaluated(test, made);
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    }
  });

  it.each<[string, Columns, Input, string]>([
    ['a single class', { outcome: ['string', filled('pays')] }, {}, 'has one class only (pays)'],
    [
      'more classes than rows can tell apart',
      { outcome: ['string', filled(0).map((_, row) => `class ${row}`)] },
      { positive: 'class 1' },
      "The class 'class 0' of 'outcome' has 1 row; each needs at least 2",
    ],
    ['a missing target', { outcome: ['string', filled(null)] }, {}, "'outcome' is missing in row 1"],
    ['no such target', {}, { target: 'outcom' }, "no column 'outcom' to learn"],
    ['a text to predict as a number', {}, { problem: 'regression' }, "'outcome' is '"],
    ['no rows', none, {}, 'cannot be learned from'],
    [
      'a number that is none',
      { loss: ['number', filled(Number.NaN)] },
      { target: 'loss', problem: 'regression', exclude: ['outcome'] },
      "The target 'loss' is",
    ],
    [
      'an infinite number',
      { loss: ['number', filled(Number.POSITIVE_INFINITY)] },
      { target: 'loss', problem: 'regression', exclude: ['outcome'] },
      "The target 'loss' is 'Infinity' in row 1",
    ],
  ])('refuses %s', async (_what, columns, input, message) => {
    await expect(prepared(columns, input)).rejects.toThrow(message);
  });

  it('refuses infinite features where an estimator has no place for them', async () => {
    const values = good['amount']![1].map((value, row) => (row % 9 === 0 ? Number.POSITIVE_INFINITY : value));
    await expect(
      prepared({ amount: ['number', values] }).then(async ({ train }) =>
        outputOf(trainLogisticRegression, 'train', { train }),
      ),
    ).rejects.toThrow(/finite|infinite/);
  });

  it('fits fewer rows than features, and whole numbers that doubles hold', async () => {
    const wide = Object.fromEntries(
      Array.from({ length: 80 }, (_, i) => [
        `wide${i}`,
        ['integer', filled(0).map((_, row) => ((row * 7919 * (i + 1)) % 1000) + 2 ** 52)],
      ]),
    ) as Columns;
    const { train, test } = await prepared(wide, {
      target: 'loss',
      problem: 'regression',
      exclude: ['outcome'],
    });
    const { model: made } = await outputOf<Trained>(trainRidge, 'train', { train });
    const { evaluations } = await outputOf<{ evaluations: { metrics: Record<string, number> }[] }>(
      evaluateRegression,
      'evaluate',
      { models: [made], test },
    );
    expect(Object.values(evaluations[0]!.metrics).every(Number.isFinite)).toBe(true);
  });

  it('refuses steps for columns of another type or that are not there', async () => {
    const dataset = await storeDataset('typed', good);
    const fit = (step: Json) =>
      outputOf(fitFeatures, 'features', { train: dataset, test: dataset, target: 'outcome', steps: [step] });
    await expect(fit({ kind: 'numbers', columns: ['town'] })).rejects.toThrow(/town/);
    await expect(fit({ kind: 'texts', columns: ['twon'] })).rejects.toThrow(/twon/);
  });
});

describe('scoring', () => {
  it('gives unseen and missing categories no column, as scikit-learn that ignores them', async () => {
    const scored = await predicted({
      amount: ['number', [0.5, 0.5]],
      town: ['string', ['atlantis', null]],
      noise: ['number', [null, null]],
    });
    const [first, second] = scored.columns.find(({ name }) => name === 'probability_fails')!.values;
    expect(first).toBe(second);
    expect(Number.isFinite(first)).toBe(true);
  });

  it.each<[string, Columns, string]>([
    ['a missing column', { amount: ['number', [1]], noise: ['number', [1]] }, 'town'],
    [
      'a text where a number belongs',
      { amount: ['string', ['much']], town: ['string', ['a']], noise: ['number', [1]] },
      'amount',
    ],
    [
      'a number where a text belongs',
      { amount: ['number', [1]], town: ['number', [3]], noise: ['number', [1]] },
      'town',
    ],
  ])('names %s', async (_what, columns, name) => {
    await expect(predicted(columns)).rejects.toThrow(name);
    await expect(predicted(columns)).rejects.toThrow(
      expect.objectContaining({ name: 'Millrace.InvalidDataset' }),
    );
  });

  it('of no rows gives no rows', async () => {
    const { outcome: _outcome, loss: _loss, ...columns } = none;
    expect((await predicted(columns)).rows).toBe(0);
  });

  it('refuses a model file that is not the one that was trained', async () => {
    await expect(evaluated(parts.test, { ...model, sha256: 'ab'.repeat(32) })).rejects.toThrow(
      /has the checksum .* was trained with abab/,
    );
  });

  it('has no metric that is no number: rows of one class are refused, and rows that are none', async () => {
    const test = parts.test['dataset'] as DatasetRef;
    const table = await readParquet(await testObjects().getBytes(test.uri), test.columns);
    const column = table.columns.find(({ name }) => name === 'outcome')!;
    const write = async (rows: number[]) =>
      storeDataset(
        `part-${++stored}`,
        Object.fromEntries(
          table.columns.map(({ name, type, values }) => [
            name,
            [type, rows.map((row) => values[row]!)] as const,
          ]),
        ),
      );
    const paying = column.values.flatMap((value, row) => (value === 'pays' ? [row] : []));
    await expect(evaluated({ ...parts.test, dataset: await write(paying) })).rejects.toThrow(
      "has no row of 'fails' in 'outcome'",
    );
    await expect(evaluated({ ...parts.test, dataset: await write([]) })).rejects.toThrow(/no rows/);
  });
});

describe('a Parquet file', () => {
  it.each([
    ['cut short', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
    ['that is none', () => Buffer.from('id,total\n1,2\n')],
    ['of nothing', () => Buffer.alloc(0)],
  ])('%s is refused by name', async (_what, change) => {
    const { uri } = await storeDataset('whole', good);
    await testObjects().putBytes('raw/x.parquet', change(await testObjects().getBytes(uri)));
    await expect(outputOf(ingestParquet, 'ingest', { source: 'raw/x.parquet', name: 'x' })).rejects.toThrow(
      expect.objectContaining({ name: 'Millrace.InvalidDataset' }),
    );
  });
});
