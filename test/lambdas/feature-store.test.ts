import '../support/quiet-telemetry';
import { handler as build } from '../../lambdas/build-training-set/handler';
import { handler as ingest } from '../../lambdas/ingest-csv/handler';
import { handler as write } from '../../lambdas/write-features/handler';
import { onlineFeatures } from '../../lib/serving/feature-groups';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { objects, runTask, valuesOf } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

interface Made {
  readonly dataset: DatasetRef;
}
interface Written {
  readonly rows: number;
  readonly latest: number;
}

async function dataset(name: string, rows: readonly string[]): Promise<DatasetRef> {
  await objects().putBytes(`raw/${name}.csv`, rows.join('\n'));
  return (await runTask<Made>(ingest, { source: `raw/${name}.csv`, name })).dataset;
}

const usage = { name: 'usage', entity: ['customer'], eventTime: 'at' };
const on = (day: number) => ({ run: { logicalDate: new Date(Date.UTC(2026, 0, day)).toISOString() } });
const writeUsage = async (day: number, rows: readonly string[], header = 'customer,at,calls,plan') =>
  runTask<Written>(write, { group: usage, dataset: await dataset('usage', [header, ...rows]) }, on(day));

it('knows of each entity at a time what was known then, never what came later', async () => {
  expect(await writeUsage(1, ['1,2026-01-01 06:00:00,10,a', '2,2026-01-01 06:00:00,20,a'])).toMatchObject({
    rows: 2,
    latest: 2,
  });
  await writeUsage(3, ['1,2026-01-03 06:00:00,30,b']);
  await writeUsage(9, ['1,2026-01-09 06:00:00,90,c', '2,2026-01-09 06:00:00,99,c']);
  const labels = await dataset('labels', [
    'who,time,churn',
    '1,2026-01-03 05:59:59,0',
    '1,2026-01-03 06:00:00,1',
    '2,2026-01-08 00:00:00,0',
    '2,2025-12-31 00:00:00,0',
    '3,2026-01-08 00:00:00,1',
    '1,2026-01-08 00:00:00,1',
  ]);
  const ask = async (group: object, more: object = {}) => {
    const input = {
      labels,
      time: 'time',
      groups: [{ name: 'usage', entity: { customer: 'who' }, ...group }],
      name: 'training',
    };
    return valuesOf((await runTask<Made>(build, { ...input, ...more })).dataset);
  };
  expect(await ask({})).toMatchObject({
    who: [1, 1, 2, 2, 3, 1],
    churn: [0, 1, 0, 0, 1, 1],
    usage__calls: [10, 30, 20, null, null, 30],
    usage__plan: ['a', 'b', 'a', null, null, 'b'],
  });
  expect(await ask({ features: ['calls'] }, { sameTime: false })).toMatchObject({
    usage__calls: [10, 10, 20, null, null, 30],
  });
  expect(Object.keys(await ask({ features: ['calls'] }))).toEqual(['who', 'time', 'churn', 'usage__calls']);
  expect(await ask({ maxAgeHours: 120 })).toMatchObject({ usage__calls: [10, 30, null, null, null, 30] });
  await expect(ask({ features: ['clals'] })).rejects.toThrow("Did you mean 'calls'?");
  await expect(ask({ entity: {} })).rejects.toThrow("no column 'customer'");
  await expect(ask({ name: 'nothing' })).rejects.toThrow("no feature group 'nothing'");
});

it('agrees with a search through all rows, whatever the times are', async () => {
  const stamp = (minute: number) => new Date(Date.UTC(2026, 5, 1, 0, minute)).toISOString();
  const rows = Array.from({ length: 300 }, (_, i) => ({ e: (i * 7) % 11, at: (i * 37) % 997, v: i }));
  const asked = Array.from({ length: 200 }, (_, i) => ({ e: (i * 5) % 13, at: (i * 61) % 1100 }));
  const group = { name: 'random', entity: ['e'], eventTime: 'at' };
  const features = await dataset('random', [
    'e,at,v',
    ...rows.map(({ e, at, v }) => `${e},${stamp(at)},${v}`),
  ]);
  await runTask(write, { group, dataset: features, online: false });
  const labels = await dataset('asked', ['e,t', ...asked.map(({ e, at }) => `${e},${stamp(at)}`)]);
  const input = { labels, time: 't', groups: [{ name: 'random' }], name: 'training' };
  const values = await valuesOf((await runTask<Made>(build, input)).dataset);
  const expected = asked.map(({ e, at }) => {
    const known = rows.filter((row) => row.e === e && row.at <= at);
    return known.sort((a, b) => b.at - a.at)[0]?.v ?? null;
  });
  expect(values['random__v']).toEqual(expected);
  expect(expected.filter((value) => value === null).length).toBeGreaterThan(5);
});

it('looks the latest up, whichever order the writes come in', async () => {
  expect(await onlineFeatures('usage', [['1'], ['3']])).toEqual([
    { eventTime: '2026-01-09T06:00:00.000Z', values: { calls: 90, plan: 'c' } },
    undefined,
  ]);
  // A backfill of an old date, and the same date again with other values.
  expect(await writeUsage(2, ['1,2026-01-02 06:00:00,15,a', '4,2026-01-02 06:00:00,40,a'])).toMatchObject({
    latest: 1,
  });
  expect(await writeUsage(9, ['1,2026-01-09 06:00:00,91,c', '2,2026-01-09 06:00:00,99,c'])).toMatchObject({
    latest: 2,
  });
  expect(await onlineFeatures('usage', [['4'], ['1']], ['calls'])).toEqual([
    { eventTime: '2026-01-02T06:00:00.000Z', values: { calls: 40 } },
    { eventTime: '2026-01-09T06:00:00.000Z', values: { calls: 91 } },
  ]);
  expect(await objects().list('feature-store/usage/')).toHaveLength(4);
  // A feature that came later is missing before.
  await writeUsage(10, ['1,2026-01-10 06:00:00,95,c,0.5'], 'customer,at,calls,plan,score');
  const labels = await dataset('labels', ['customer,time', '1,2026-01-09 07:00:00', '1,2026-01-10 07:00:00']);
  const input = { labels, time: 'time', groups: [{ name: 'usage' }], name: 'training' };
  expect(await valuesOf((await runTask<Made>(build, input)).dataset)).toMatchObject({
    usage__calls: [91, 95],
    usage__score: [null, 0.5],
  });
});

it.each<[string, string[], string, string]>([
  [
    'an entity twice at a time',
    ['1,2026-01-01 06:00:00,1,a', '1,2026-01-01 06:00:00,2,a'],
    'customer,at,calls,plan',
    'is there 2 times',
  ],
  [
    'a missing time',
    ['1,,1,a', '2,2026-01-01 06:00:00,1,a'],
    'customer,at,calls,plan',
    "'at' is missing in 1 rows",
  ],
  ['no time', ['1,x,1,a'], 'customer,at,calls,plan', "'at' is a column of string values"],
  [
    'no entity',
    ['1,2026-01-01 06:00:00,1,a'],
    'costumer,at,calls,plan',
    "no column 'customer'. Did you mean 'costumer'?",
  ],
  [
    'another type',
    ['1,2026-01-11 06:00:00,many,a'],
    'customer,at,calls,plan',
    "'calls' of the feature group 'usage' has other values than string ones",
  ],
])('refuses %s, and writes nothing', async (_what, rows, header, message) => {
  const before = await objects().list('feature-store/');
  await expect(writeUsage(11, rows, header)).rejects.toThrow(message);
  expect(await objects().list('feature-store/')).toEqual(before);
});
