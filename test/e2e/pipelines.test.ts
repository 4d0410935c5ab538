/** The shipped pipelines as a user runs them: on real data, one after the other, in one local cloud. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ModelView } from '../../lib/cli/model-queries';
import type { RunView } from '../../lib/cli/run-view';
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
  for (const file of ['iris.csv', 'telecom_churn.csv', 'bike_sharing_hourly.csv'])
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
