/** data-ingestion against a delivered file, an HTTP API that fails now and then, and a real PostgreSQL; feature-refresh. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { Client } from 'pg';
import { listRuns } from '../../lib/orchestration/list-runs';
import { readRun } from '../../lib/orchestration/read-run';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { onlineFeatures } from '../../lib/serving/feature-groups';
import { getVersion } from '../../lib/tracking/model-versions';
import { asCsv, customers, type Customer } from '../support/customers';
import { ROOT } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';
import { startPipelinesCloud, type PipelinesCloud } from '../support/pipelines-cloud';

const rows = customers();
const [ofFile, ofApi, ofDatabase] = [rows.slice(0, 1000), rows.slice(1000, 2200), rows.slice(2200)];

/** The sensor is given seconds in place of minutes, and so are retries. */
const project = temporaryProject(
  Object.fromEntries(
    ['data-ingestion', 'model-retraining', 'feature-refresh'].map((id) => [
      `pipelines/${id}.ts`,
      readFileSync(join(ROOT, 'pipelines', `${id}.ts`), 'utf8')
        .replace(/pokeInterval: 60,\s+timeout: minutes\(50\)/, 'pokeInterval: 1, timeout: 3')
        .replace('retries: 3, retryDelay: 20', 'retries: 1, retryDelay: 1'),
    ]),
  ),
);

let at: PipelinesCloud;
let database: ChildProcess;
let api: Server;
let client: Client;
let billing: object;
let served: readonly Customer[] = ofApi;
/** Paths in the order in which they were asked for; every third request fails at first. */
const asked: string[] = [];

beforeAll(async () => {
  database = spawn(process.execPath, [join(ROOT, 'test', 'support', 'postgres-process.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(database.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const settings = { host: '127.0.0.1', port: Number(line), database: 'postgres', user: 'postgres' };
  client = new Client(settings);
  await client.connect();
  const names = Object.keys(ofDatabase[0]?.fields ?? {});
  const types = names.map((name) => `${name} ${name === 'customer_value' ? 'double precision' : 'int'}`);
  await client.query(`CREATE TABLE customers (id int PRIMARY KEY, ${types.join(', ')}, churn int)`);
  const values = ofDatabase.map(
    ({ fields, churn }, id) => `(${[id, ...names.map((name) => fields[name]), churn].join(', ')})`,
  );
  await client.query(`INSERT INTO customers VALUES ${values.join(', ')}`);
  await client.end();

  api = createServer((request, response) => {
    const { searchParams, pathname } = new URL(request.url ?? '', 'http://api');
    asked.push(`${pathname}?page=${searchParams.get('page')}`);
    if (asked.length % 3 === 0) {
      response.writeHead(503);
      return response.end('busy');
    }
    const [page, size] = [Number(searchParams.get('page')), Number(searchParams.get('size'))];
    const part = served.slice((page - 1) * size, page * size);
    response.setHeader('content-type', 'application/json');
    return response.end(
      JSON.stringify({ customers: part.map(({ fields, churn }) => ({ ...fields, churn })) }),
    );
  });
  await new Promise<void>((resolve) => {
    api.listen(0, '127.0.0.1', resolve);
  });

  at = await startPipelinesCloud({ projectRoot: project.root });
  await put('crm', { kind: 'http', baseUrl: `http://127.0.0.1:${(api.address() as AddressInfo).port}/` });
  billing = { kind: 'postgres', ...settings, ssl: 'disable' };
  await put('billing', billing);
}, 180_000);

/** Sets a connection. */
async function put(name: string, value: object): Promise<void> {
  const ssm = new SSMClient({});
  await ssm.send(
    new PutParameterCommand({
      Name: `/millrace-dev/connections/${name}`,
      Value: JSON.stringify(value),
      Type: 'SecureString',
      Overwrite: true,
    }),
  );
  ssm.destroy();
}

afterAll(async () => {
  await at.stop();
  project.remove();
  api.closeAllConnections();
  api.close();
  database.stdin?.end();
  await once(database, 'exit');
});

const today = () => new Date().toISOString().slice(0, 10);

it('gives up when no file comes; nothing is published, nobody is started', async () => {
  const run = await at.run('data-ingestion');
  expect(run.status).toBe('failed');
  expect(run.errors['wait-for-file']).toContain(`raw/input/${today()}.csv`);
  expect(run.tasks).toMatchObject({ 'read/api': 'success', 'read/database': 'success' });
  expect(run.tasks['publish']).not.toBe('success');
  expect(await at.objects.head('raw/published/customers.parquet')).toBeUndefined();
  expect(await listRuns('model-retraining', 1)).toEqual([]);
}, 180_000);

it('merges all three, publishes what passes the gate, and that starts retraining', async () => {
  await at.objects.putBytes(`raw/input/${today()}.csv`, asCsv(ofFile));
  const run = await at.run('data-ingestion');
  expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
  expect(run.outputs['publish']).toMatchObject({ rows: rows.length });
  // 1200 records are three pages; what failed was asked for again.
  expect(new Set(asked)).toEqual(new Set(['/customers?page=1', '/customers?page=2', '/customers?page=3']));
  expect(asked.length).toBeGreaterThan(3);
  expect(await at.objects.head('raw/published/customers.parquet')).toBeDefined();
  const end = Date.now() + 20_000;
  let started: string | undefined;
  while (started === undefined && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    started = (await listRuns('model-retraining', 1))[0]?.runId;
  }
  expect((await readRun(started ?? ''))?.record.context.trigger).toBe('dataset');
}, 180_000);

it('reads no file twice: without a new one nothing is published, and nobody is started', async () => {
  const before = await at.objects.head('raw/published/customers.parquet');
  const retrainings = (await listRuns('model-retraining', 10)).length;
  const run = await at.run('data-ingestion');
  expect(run.status).toBe('success');
  expect(run.tasks).toMatchObject({ 'read/files': 'skipped', 'read/api': 'success', publish: 'skipped' });
  expect(await at.objects.head('raw/published/customers.parquet')).toEqual(before);
  expect(await listRuns('model-retraining', 10)).toHaveLength(retrainings);
}, 180_000);

it('takes all files that are new, and publishes nothing when one of their rows is impossible', async () => {
  const before = await at.objects.head('raw/published/customers.parquet');
  // Two parts that come after the file of the day.
  for (const [name, part] of [
    ['b', ofFile.slice(0, 30)],
    ['c', ofFile.slice(30, 70)],
  ] as const)
    await at.objects.putBytes(`raw/input/${today()}${name}.csv`, asCsv([...part]));
  served = ofApi.map((one, i) => (i === 7 ? { ...one, fields: { ...one.fields, seconds_of_use: -5 } } : one));
  const run = await at.run('data-ingestion');
  expect(run.status).toBe('failed');
  expect(run.errors['validate']).toContain('seconds_of_use');
  expect(run.outputs['read/files']).toMatchObject({ files: 2, dataset: { rows: 70 } });
  expect(run.tasks['publish']).not.toBe('success');
  expect(await at.objects.head('raw/published/customers.parquet')).toEqual(before);
}, 180_000);

it('fails when a source is away, after its retries; what was published stays', async () => {
  served = ofApi;
  const before = await at.objects.head('raw/published/customers.parquet');
  const retrainings = (await listRuns('model-retraining', 10)).length;
  await at.objects.putBytes(`raw/input/${today()}d.csv`, asCsv(ofFile.slice(0, 50)));
  // Nobody listens there.
  await put('billing', { ...billing, port: 1 });
  const run = await at.run('data-ingestion');
  expect(run.status).toBe('failed');
  expect(run.tasks).toMatchObject({
    'read/database': 'failed',
    'read/files': 'success',
    publish: 'upstream_failed',
  });
  expect(run.errors['read/database']).toContain('127.0.0.1:1');
  const database = (await readRun(run.runId))?.tasks.find(({ task }) => task === 'read/database');
  expect(database?.attempt).toBe(2);
  expect(await at.objects.head('raw/published/customers.parquet')).toEqual(before);
  expect(await listRuns('model-retraining', 10)).toHaveLength(retrainings);
}, 180_000);

describe('feature-refresh', () => {
  it('trains on what was known at the time, and the endpoint looks up what a request leaves out', async () => {
    await at.upload('bike_sharing_hourly.csv');
    const run = await at.run('feature-refresh');
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    const { version, tags } = await getVersion('demand-hourly', '1');
    expect(Number(tags['test_r2'])).toBeGreaterThan(0.7);
    const about = { endpoint: 'demand-hourly', by: 'test', reason: 'test' };
    await deployVersion({ ...about, model: 'demand-hourly', version, strategy: { kind: 'all-at-once' } });
    const [latest] = await onlineFeatures('hour-of-day', [['8', '1']]);
    // The last working day of the file.
    expect(latest).toMatchObject({
      eventTime: '2013-01-01T00:00:00.000Z',
      values: { demand_last_time: 196 },
    });
    const asked = { hr: 8, workingday: 1, season: 1, weathersit: 1, temp: 0.2, hum: 0.6, windspeed: 0.1 };
    const looked = Object.entries(latest?.values ?? {}).map(([name, value]) => [
      `hour-of-day__${name}`,
      value,
    ]);
    const answers = [];
    for (const record of [asked, { ...asked, ...Object.fromEntries(looked) }, { ...asked, hr: 99 }]) {
      const answer = await fetch(`${at.endpoints}/demand-hourly/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ record }),
      });
      answers.push((await answer.json()) as { predictions?: [{ prediction: number }]; error?: string });
    }
    expect(answers[0]?.predictions?.[0].prediction).toBeGreaterThan(50);
    expect(answers[0]?.predictions).toEqual(answers[1]?.predictions);
    // Nothing is known of a 99th hour.
    expect(answers[2]?.error).toContain('hour-of-day__');
  }, 180_000);

  it('registers nothing that is too weak', async () => {
    const run = await at.run('feature-refresh', { minimumR2: 1 });
    expect(run.tasks).toMatchObject({ alert: 'success', register: 'skipped' });
    expect(at.subjects()).toContain('feature-refresh: the model is too weak');
    await expect(getVersion('demand-hourly', '2')).rejects.toThrow('not found');
  }, 180_000);
});
