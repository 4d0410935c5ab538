/** The pipelines of the guides on data, as they stand there. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RunView } from '../../lib/cli/run-view';
import { millraceIn, ROOT, startDev, type DevServer } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const GUIDES = ['datasets.md', 'transform.md', 'validation.md', 'features.md'];

function filesOf(guide: string): Record<string, string> {
  const text = readFileSync(join(ROOT, 'docs', 'guides', guide), 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/```ts\n\/\/ (pipelines\/\S+)\n([\s\S]*?)```/g)].map(([, file = '', code = '']) => [
      file,
      code,
    ]),
  );
}

const files = Object.fromEntries(GUIDES.flatMap((guide) => Object.entries(filesOf(guide))));
const kept = ['bike-days', 'credit-checks', 'credit-features', 'bike-store', 'orders', 'new-sales'];
const project = temporaryProject(
  Object.fromEntries(kept.map((id) => [`pipelines/${id}.ts`, files[`pipelines/${id}.ts`] ?? ''])),
);
const millrace = millraceIn(project.root, project.state);
let dev: DevServer;

beforeAll(async () => {
  dev = await startDev(project.root, project.state);
  const s3 = new S3Client({
    endpoint: dev.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
  const data = (file: string) => readFileSync(join(ROOT, 'data', file));
  for (const [file, Body] of [
    ['bike_sharing_hourly.csv', data('bike_sharing_hourly.csv')],
    ['german_credit.csv', data('german_credit.csv')],
    ['sales/2026-03-05.csv', 'id,total\n1,20\n'],
    ['sales/2026-03-06.csv', 'id,total\n2,70.5\n'],
    ['orders.csv', 'id,zip,total\n1,01234,20\n2,98765,70.5\n'],
  ] as const)
    await s3.send(
      new PutObjectCommand({
        Bucket: 'millrace-dev-data-000000000000-us-east-1',
        Key: `raw/${file}`,
        Body,
      }),
    );
  s3.destroy();
}, 240_000);

afterAll(async () => {
  await dev.stop();
  project.remove();
});

type Out = (task: string) => Readonly<Record<string, unknown>>;

async function run(id: string): Promise<Out> {
  const { code, value } = await millrace.json('run', id);
  const { tasks } = value as RunView;
  expect([
    code,
    tasks.filter(({ state }) => state === 'failed').map(({ id: task, error }) => [task, error]),
  ]).toEqual([0, []]);
  return (task) => tasks.find(({ id: name }) => name === task)?.out as Readonly<Record<string, unknown>>;
}

it('transform.md makes days of hours', async () => {
  const out = await run('bike-days');
  // 731 days, the first seven of which have no week behind them.
  expect(out('days')).toMatchObject({ dataset: { rows: 724 } });
  expect(
    (out('days') as { dataset: { columns: { name: string }[] } }).dataset.columns.map(({ name }) => name),
  ).toEqual([
    'dteday',
    'cnt',
    'temp',
    'weather',
    'dteday_month',
    'dteday_day-of-week',
    'cnt_1',
    'cnt_week',
    'growth',
  ]);
  expect(out('by-weather')).toMatchObject({ dataset: { rows: 3 } });
}, 90_000);

it('validation.md warns, infers, and finds outliers', async () => {
  const out = await run('credit-checks');
  expect(out('validate')).toMatchObject({
    success: false,
    evaluated: 6,
    failed: { critical: 0, warning: 1 },
  });
  expect(out('again')).toMatchObject({ success: true });
  expect(out('anomalies')).toMatchObject({ history: 0, checked: 0, success: true });
  expect(out('outliers')).toMatchObject({ success: true });
}, 90_000);

it('features.md prepares, and joins what was known at the time', async () => {
  const out = await run('credit-features');
  const { evaluations } = out('evaluate') as { evaluations: { metrics: { auc: number } }[] };
  expect(evaluations[0]?.metrics.auc).toBeGreaterThan(0.7);
  const store = await run('bike-store');
  expect(store('write')).toMatchObject({ rows: 17379, latest: 24 });
  expect(store('training-set')).toMatchObject({ dataset: { rows: 17379 } });
}, 90_000);

describe('datasets.md', () => {
  const orders = [
    { id: 3, zip: '01234', total: 12, changedAt: '2026-01-01T06:00:00Z' },
    { id: 4, zip: '55555', total: 7.5, changedAt: '2026-01-02T06:00:00Z' },
  ];
  let server: Server;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const at = Number(new URL(request.url ?? '', 'http://x').searchParams.get('after') ?? 0);
      const allowed = request.headers.authorization === 'Bearer sesame';
      const next = at + 1 < orders.length ? String(at + 1) : null;
      response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ data: { items: orders.slice(at, at + 1), next } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('takes the files that are new', async () => {
    expect((await run('new-sales'))('sales')).toMatchObject({
      dataset: { rows: 2 },
      files: 2,
      range: { low: null, high: 'raw/sales/2026-03-06.csv' },
    });
  }, 90_000);

  it('reads an API page by page and compares it with a file', async () => {
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(project.root, 'token.txt'), 'sesame');
    const set = await millrace(
      'connections',
      'set',
      'shop',
      'http',
      `baseUrl=http://127.0.0.1:${port}`,
      'token=@token.txt',
    );
    expect([set.code, set.stderr]).toEqual([0, '']);
    const out = await run('orders');
    expect(out('from-shop')).toMatchObject({
      dataset: { rows: 2 },
      range: { low: null, high: '2026-01-02T06:00:00Z' },
    });
    expect(out('compare')).toMatchObject({ added: ['changedAt'], removed: [], retyped: [] });
  }, 90_000);
});
