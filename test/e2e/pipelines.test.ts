/** The shipped pipelines as a user runs them: on real data, one after the other, in one local cloud. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ModelView } from '../../lib/cli/model-queries';
import type { RunView } from '../../lib/cli/run-view';
import { readParquet } from '../../lib/data/read-parquet';
import { millraceHere, ROOT, startDev, type DevServer } from '../support/millrace';

const BUCKET = 'millrace-dev-data-000000000000-us-east-1';

const base = mkdtempSync(join(tmpdir(), 'millrace-pipelines-'));
const millrace = millraceHere(join(base, '.millrace'));
let dev: DevServer;
let s3: S3Client;
// Commands leave in the environment where the cloud is.
const before = { ...process.env };

beforeAll(async () => {
  dev = await startDev(ROOT, join(base, '.millrace'));
  s3 = new S3Client({
    endpoint: dev.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
  for (const file of ['iris.csv', 'german_credit.csv', 'telecom_churn.csv', 'bike_sharing_hourly.csv'])
    await s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: `raw/${file}`,
        Body: readFileSync(join(ROOT, 'data', file)),
      }),
    );
}, 120_000);

afterAll(async () => {
  process.env = before;
  s3.destroy();
  await dev.stop();
  rmSync(base, { recursive: true, force: true });
});

/** Runs a pipeline and expects it to succeed. */
async function run(pipeline: string, params: Readonly<Record<string, unknown>> = {}): Promise<RunView> {
  const { value } = await millrace.json('run', pipeline, '--params', JSON.stringify(params));
  const view = value as RunView;
  const failed = view.tasks.filter(({ state }) => state === 'failed');
  expect(failed.map(({ id, error }) => ({ id, error }))).toEqual([]);
  expect(view.status).toBe('success');
  return view;
}

function states(view: RunView): Readonly<Record<string, string>> {
  return Object.fromEntries(view.tasks.map(({ id, state }) => [id, state]));
}

async function model(name: string): Promise<ModelView> {
  const { value } = await millrace.json('models');
  const found = (value as ModelView[]).find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no model '${name}'.`);
  return found;
}

/** What the version was registered with. */
function testMetric(version: ModelView['versions'][number] | undefined, name: string): number {
  return Number(version?.tags[`test_${name}`]);
}

describe('iris-training', () => {
  it('tells three species apart and registers the model', async () => {
    await run('iris-training');
    const [version] = (await model('iris')).versions;
    expect(version).toMatchObject({ version: '1', stage: 'None' });
    expect(testMetric(version, 'accuracy')).toBeGreaterThan(0.89);
    expect(testMetric(version, 'auc')).toBeGreaterThan(0.97);
  }, 60_000);

  it('fails without its file, or without the species in it, and registers nothing', async () => {
    const failing = async (source: string): Promise<RunView> => {
      const params = JSON.stringify({ source });
      const { code, value } = await millrace.json('run', 'iris-training', '--params', params);
      expect([code, (value as RunView).status]).toEqual([1, 'failed']);
      return value as RunView;
    };
    const absent = await failing('raw/absent.csv');
    expect(states(absent)).toMatchObject({ ingest: 'failed', train: 'upstream_failed' });
    const lines = readFileSync(join(ROOT, 'data', 'iris.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    const Body = lines.map((line) => line.replace(/,[^,]*$/, '')).join('\n');
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'raw/no-species.csv', Body }));
    const nameless = await failing('raw/no-species.csv');
    expect(states(nameless)).toMatchObject({ ingest: 'success', features: 'failed', log: 'upstream_failed' });
    expect(nameless.tasks.find(({ id }) => id === 'features')?.error).toMatchObject({
      message: expect.stringContaining("'species'") as unknown,
    });
    expect((await model('iris')).versions).toHaveLength(1);
  }, 60_000);
});

describe('churn', () => {
  it('promotes the first model, and alerts when the second is no better', async () => {
    expect(states(await run('churn'))).toMatchObject({ promote: 'success', alert: 'skipped' });
    expect(states(await run('churn'))).toMatchObject({ promote: 'skipped', alert: 'success' });
    const { versions } = await model('churn');
    expect(versions.map(({ version, stage, aliases }) => ({ version, stage, aliases }))).toEqual([
      { version: '2', stage: 'None', aliases: [] },
      { version: '1', stage: 'Production', aliases: ['champion'] },
    ]);
    const auc = testMetric(versions[0], 'auc');
    expect(auc).toBeGreaterThan(0.95);
    expect(auc).toBeLessThan(1);
  }, 60_000);
});

describe('demand-forecast', () => {
  const prefix = 'predictions/demand-forecast/demand/';

  async function forecastOf(day: string): Promise<number[]> {
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: BUCKET, Key: `${prefix}dteday=${day}/predictions.parquet` }),
    );
    const table = await readParquet((await Body?.transformToByteArray()) ?? new Uint8Array(), [
      { name: 'prediction', type: 'number' },
    ]);
    return (table.columns[0]?.values ?? []).map(Number);
  }

  /** Root of the mean squared error against what came to pass. */
  function errorOf(day: string, forecast: readonly number[]): number {
    const actual = readFileSync(join(ROOT, 'data', 'bike_sharing_hourly.csv'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith(day))
      .map((line) => Number(line.split(',').at(-1)));
    expect(forecast).toHaveLength(actual.length);
    const squares = actual.map((count, hour) => (count - (forecast[hour] ?? Number.NaN)) ** 2);
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
  }

  it('forecasts each date of a backfill from what was known before it', async () => {
    const { code, value } = await millrace.json(
      'backfill',
      'demand-forecast',
      '--from',
      '2011-10-12',
      '--to',
      '2011-10-13',
    );
    expect({ code, value }).toMatchObject({ code: 0, value: { ticks: 2, statuses: { success: 2 } } });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
    expect(Contents.map(({ Key }) => Key)).toEqual([
      `${prefix}dteday=2011-10-12/predictions.parquet`,
      `${prefix}dteday=2011-10-13/predictions.parquet`,
    ]);
    for (const day of ['2011-10-12', '2011-10-13'])
      expect(errorOf(day, await forecastOf(day))).toBeLessThan(120);
    const { versions } = await model('demand-forecast');
    expect(versions).toHaveLength(2);
    expect(versions[0]?.tags['algorithm']).toBe('gradient-boosting-regressor');
    expect(testMetric(versions[0], 'r2')).toBeGreaterThan(0.8);
    expect(testMetric(versions[0], 'r2')).toBeLessThan(0.97);
  }, 90_000);

  it('forecasts nothing when no model is good enough', async () => {
    const refused = await run('demand-forecast', { date: '2011-10-14', minimumR2: 1 });
    expect(states(refused)).toMatchObject({ alert: 'success', register: 'skipped', predict: 'skipped' });
    expect((await model('demand-forecast')).versions).toHaveLength(2);
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
    expect(KeyCount).toBe(2);
  }, 60_000);
});

describe('parallel-training', () => {
  it('trains six kinds of model, that in Python where its packages are, and registers the best', async () => {
    const view = await run('parallel-training');
    const states = Object.fromEntries(view.tasks.map(({ id, state }) => [id, state]));
    const { 'train/scikit-learn': inPython, 'train/network': network, ...others } = states;
    expect([inPython, network]).toEqual(
      inPython === 'success' ? ['success', 'success'] : ['skipped', 'skipped'],
    );
    expect(new Set(Object.values(others))).toEqual(new Set(['success']));
    const best = view.tasks.find(({ id }) => id === 'select-best')?.out;
    expect((best as { ranking: unknown[] }).ranking).toHaveLength(inPython === 'success' ? 6 : 5);
    const [version] = (await model('parallel-training')).versions;
    expect(testMetric(version, 'auc')).toBeGreaterThan(0.74);
    expect(testMetric(version, 'auc')).toBeLessThan(0.85);
  }, 60_000);
});

describe('grid-search', () => {
  it('trains every combination and registers the best by rows that it was not chosen by', async () => {
    await run('grid-search', { learningRates: [0.05, 0.1], leaves: [4, 8] });
    const [version] = (await model('grid-search')).versions;
    expect(testMetric(version, 'rows')).toBe(200);
    expect(testMetric(version, 'auc')).toBeGreaterThan(0.7);
    expect(testMetric(version, 'auc')).toBeLessThan(0.85);
  }, 60_000);
});
