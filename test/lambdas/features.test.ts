import '../support/quiet-telemetry';
import { handler as apply } from '../../lambdas/apply-features/handler';
import { handler as fit } from '../../lambdas/fit-features/handler';
import { handler as ingest } from '../../lambdas/ingest-csv/handler';
import { handler as split } from '../../lambdas/split-dataset/handler';
import { handler as transform } from '../../lambdas/transform/handler';
import type { OutputOf } from '../../lib/tasks/contract';
import type { DatasetRef } from '../../lib/tasks/dataset';
import type { fitFeatures } from '../../lib/tasks/fit-features';
import type { splitDataset } from '../../lib/tasks/split-dataset';
import { objects, runTask, valuesOf } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';

type Made = { readonly dataset: DatasetRef };
let aws: LocalAws;
let people: DatasetRef;

beforeAll(async () => {
  aws = await startLocalAws();
  const rows = Array.from({ length: 100 }, (_, i) => {
    const city = ['paris', 'rome', 'oslo'][i % 3] ?? '';
    return `${i},${city},${i % 7 === 0 ? '' : (i * 13) % 50},2026-01-${String((i % 28) + 1).padStart(2, '0')},${i % 4 === 0 ? 'gone' : 'here'},f${i % 9}`;
  });
  await objects().putBytes('raw/people.csv', ['id,city,age,day,left,family', ...rows].join('\n'));
  people = (await runTask<Made>(ingest, { source: 'raw/people.csv', name: 'people' })).dataset;
});
afterAll(() => aws.stop());

const parted = async (method: object, seed = 42) =>
  runTask<OutputOf<typeof splitDataset>>(split, { dataset: people, method, seed });
const ids = async (dataset: DatasetRef) => (await valuesOf(dataset))['id'] as number[];

describe('a split', () => {
  it('keeps the shares of classes, the same rows for a seed', async () => {
    const { train, test } = await parted({ kind: 'random', testSize: 0.2, stratifyBy: 'left' });
    expect([train.rows, test.rows]).toEqual([80, 20]);
    expect((await valuesOf(test))['left']?.filter((left) => left === 'gone')).toHaveLength(5);
    const again = await parted({ kind: 'random', testSize: 0.2, stratifyBy: 'left' });
    expect(again.test.uri).toBe(test.uri);
    expect(await ids((await parted({ kind: 'random' }, 7)).test)).not.toEqual(await ids(test));
    expect([...(await ids(train)), ...(await ids(test))].sort((a, b) => a - b)).toEqual(await ids(people));
  });

  it('keeps groups together, and the test part last in time', async () => {
    const { train, test } = await parted({ kind: 'group', by: 'family' });
    const families = async (dataset: DatasetRef) => new Set((await valuesOf(dataset))['family']);
    const inTrain = await families(train);
    expect([...(await families(test))].filter((family) => inTrain.has(family))).toEqual([]);
    const timed = await parted({ kind: 'time', by: 'day' });
    const days = async (dataset: DatasetRef) => ((await valuesOf(dataset))['day'] as string[]).toSorted();
    expect((await days(timed.train)).at(-1)! <= (await days(timed.test))[0]!).toBe(true);
  });

  it('gives folds that test every row once, repeated for other seeds', async () => {
    const { splits } = await parted({ kind: 'k-fold', folds: 4, repeats: 2, stratifyBy: 'left' });
    expect(splits).toHaveLength(8);
    const tested = await Promise.all(splits.map(({ test }) => ids(test)));
    const all = await ids(people);
    expect(
      tested
        .slice(0, 4)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(all);
    expect(
      tested
        .slice(4)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(all);
    expect(tested[0]).not.toEqual(tested[4]);
    const series = await parted({ kind: 'time-series', folds: 3, by: 'day' });
    expect(series.splits.map(({ train, test }) => [train.rows, test.rows])).toEqual([
      [25, 25],
      [50, 25],
      [75, 25],
    ]);
  });

  it.each<[object, string]>([
    [{ kind: 'group', by: 'famliy' }, "Did you mean 'family'?"],
    [{ kind: 'time', by: 'age' }, "'age' is missing in row 1"],
    [{ kind: 'k-fold', folds: 200 }, "Dataset 'people' cannot be split: 200 folds are asked of 100 rows"],
    [{ kind: 'k-fold', repeats: 2, groupBy: 'family' }, 'neither repeated nor stratified'],
  ])('refuses %j', async (method, message) => {
    await expect(parted(method)).rejects.toThrow(message);
  });
});

describe('features', () => {
  const steps = [
    {
      kind: 'numbers',
      columns: { matching: '^a' },
      impute: { strategy: 'median' },
      scale: { kind: 'min-max' },
      indicator: true,
    },
    { kind: 'texts', columns: ['city'], encode: { kind: 'target', smooth: 0, folds: 4 } },
    { kind: 'dates', columns: ['day'], parts: ['day-of-week'] },
  ];
  const fitted = async (more: object = {}) => {
    const { train, test } = await parted({ kind: 'random', testSize: 0.25, stratifyBy: 'left' });
    return runTask<OutputOf<typeof fitFeatures>>(fit, { train, test, target: 'left', steps, ...more });
  };

  it('are learned from the train part alone, the target out of fold', async () => {
    const { train, test, features, state } = await fitted();
    expect(features).toEqual(['age', 'age_missing', 'city_target', 'day_day-of-week']);
    expect(train.classes).toEqual(['here', 'gone']);
    const raw = await parted({ kind: 'random', testSize: 0.25, stratifyBy: 'left' });
    const source = await valuesOf(raw.train);
    const mean = (city: string) => {
      const left = (source['left'] ?? []).filter((_, row) => source['city']?.[row] === city);
      return left.filter((one) => one === 'gone').length / left.length;
    };
    const applied = (part: DatasetRef) =>
      runTask<Made>(apply, { dataset: part, state, keep: ['id'], name: 'scored' });
    const [trained, tested, cities] = [
      await valuesOf(train.learned!),
      await valuesOf((await applied(raw.test)).dataset),
      (await valuesOf(raw.test))['city'],
    ];
    // The test part gets the means of the whole train part; the train part does not.
    cities?.forEach((city, row) => expect(tested['city_target']?.[row]).toBeCloseTo(mean(String(city)), 6));
    const own = source['city']?.map((city) => mean(String(city))) ?? [];
    expect(trained['city_target']?.some((value, row) => Math.abs(Number(value) - own[row]!) > 0.01)).toBe(
      true,
    );
    expect(Math.max(...(trained['age'] as number[]))).toBe(1);
    // Keys are kept; what the model's file takes are the raw columns.
    expect(tested['id']).toEqual(await ids(raw.test));
    expect(test.dataset.columns.map(({ name }) => name).sort()).toEqual(['age', 'city', 'day', 'left']);
  });

  it('refuse what cannot be learned', async () => {
    await expect(fitted({ steps: [{ kind: 'numbers', columns: ['city'] }] })).rejects.toThrow('city');
    await expect(fitted({ steps: [{ kind: 'numbers', columns: { matching: '(' } }] })).rejects.toThrow(
      'no regular expression',
    );
    await expect(
      fitted({ target: 'city', steps: [{ kind: 'texts', columns: ['family'], encode: { kind: 'target' } }] }),
    ).rejects.toThrow('3 classes');
    await expect(fitted({ target: 'lfet' })).rejects.toThrow('lfet');
  });

  it('and parts of a split can be transformed: their dates are dates', async () => {
    const { train } = await parted({ kind: 'random' });
    const { dataset } = await runTask<Made>(transform, {
      inputs: { train },
      name: 'later',
      steps: [{ step: 'filter', where: { column: 'day', op: '>=', value: '2026-01-20' } }],
    });
    const days = (await valuesOf(dataset))['day'] as string[];
    expect(days.length).toBeGreaterThan(5);
    expect(days.every((day) => day >= '2026-01-20')).toBe(true);
  });
});
