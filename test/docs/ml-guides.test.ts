/** The pipelines of the guides on models, as they stand there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RunView } from '../../lib/cli/run-view';
import { commandsOf, filesOf } from '../support/guides';
import { millraceServed, ROOT, startDev, type DevServer, type Millrace } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const GUIDES = ['evaluation.md', 'drift.md', 'tuning.md', 'forecasting.md', 'training.md'];
const files = Object.assign({}, ...GUIDES.map(filesOf)) as Record<string, string>;
/** Of each pipeline, the commands that its guide has behind `millrace run`. */
const behind = new Map<string, string[][]>();
for (const guide of GUIDES) {
  let id = '';
  for (const command of commandsOf(guide))
    if (command[0] === 'run') behind.set((id = command[1] ?? ''), []);
    else behind.get(id)?.push(command);
}
const project = temporaryProject(files);
let millrace: Millrace & { stop(): Promise<void> };
const BUCKET = 'millrace-dev-data-000000000000-us-east-1';
let dev: DevServer;

beforeAll(async () => {
  dev = await startDev(project.root, project.state);
  millrace = millraceServed(project.root, project.state);
  const s3 = client();
  for (const file of ['german_credit.csv', 'bike_sharing_hourly.csv'])
    await s3.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: `raw/${file}`,
        Body: readFileSync(join(ROOT, 'data', file)),
      }),
    );
  s3.destroy();
}, 90_000);

afterAll(async () => {
  await millrace.stop();
  await dev.stop();
  project.remove();
});

function client(): S3Client {
  return new S3Client({
    endpoint: dev.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
}

const page = { uri: expect.stringMatching(/\.html$/) as string };
/** What the guides say of what these commands print. */
const JSON_OF: Readonly<Record<string, object>> = {
  'credit-card': { out: { report: page, json: { uri: expect.stringMatching(/\.json$/) as string } } },
  'credit-watch': { out: { report: page, drifted: true } },
  'bike-backtest': { out: { report: page, methods: [{}, {}, {}] } },
};

async function run(id: string): Promise<(task: string) => Readonly<Record<string, unknown>>> {
  const { code, value } = await millrace.json('run', id);
  const { tasks } = value as RunView;
  expect([code, tasks.filter(({ state, error }) => state === 'failed' && error !== undefined)]).toEqual([
    0,
    [],
  ]);
  for (const command of behind.get(id) ?? []) {
    const answer = await millrace(...command);
    expect([command, answer.code, answer.stderr]).toEqual([command, 0, '']);
    if (command.includes('--json')) expect(JSON.parse(answer.stdout)).toMatchObject(JSON_OF[id] ?? {});
  }
  behind.delete(id);
  return (task) => tasks.find(({ id: name }) => name === task)?.out as Readonly<Record<string, unknown>>;
}

it('evaluation.md writes a model card', async () => {
  expect(Object.keys(files)).toHaveLength(7);
  const out = await run('credit-card');
  const { metrics, threshold } = out('card') as { metrics: Record<string, number>; threshold: number };
  expect(metrics['auc']).toBeGreaterThan(0.7);
  expect(threshold).toBeLessThan(0.5);
}, 90_000);

it('evaluation.md scores parts by a map', async () => {
  await run('score-parts');
  const s3 = client();
  const { Contents = [] } = await s3.send(
    new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'predictions/score-parts/risk-by-part/' }),
  );
  s3.destroy();
  expect(Contents.map(({ Key = '' }) => /ds=[-\d]{10}\/[0-9a-f]{64}\.parquet$/.test(Key))).toEqual(
    Array(4).fill(true),
  );
}, 90_000);

it('drift.md finds what moved', async () => {
  const out = await run('credit-watch');
  expect(out('drift')).toMatchObject({
    drifted: true,
    driftedFeatures: expect.arrayContaining(['credit_amount']) as unknown,
  });
  expect(out('decay')).toMatchObject({ metric: 'auc' });
}, 90_000);

it('tuning.md halves, searches and stacks', async () => {
  const out = await run('credit-tuning');
  const { candidates } = out('keep') as { candidates: unknown[] };
  expect(candidates).toHaveLength(2);
  const { evaluations } = out('final') as { evaluations: { metrics: { auc: number } }[] };
  expect(evaluations.map(({ metrics }) => metrics.auc > 0.7)).toEqual([true, true, true, true]);
}, 90_000);

it('forecasting.md compares methods', async () => {
  const out = await run('bike-backtest');
  expect(out('backtest')['methods']).toHaveLength(3);
}, 90_000);

it('training.md parts rows into clusters', async () => {
  const out = await run('bike-clusters');
  const sizes = out('kinds')['sizes'] as number[];
  expect(sizes).toHaveLength(4);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(17379);
  expect(out('score')).toMatchObject({ rows: 17379 });
}, 90_000);

it('training.md weighs rows and goes on from the last version', async () => {
  expect((await run('credit-weighted'))('register')['version']).toBe('1');
  const out = await run('credit-weighted');
  expect(out('features')['train']).toMatchObject({ sampleWeight: 'weight' });
  expect(out('register')['version']).toBe('2');
  const { value } = await millrace.json('lineage', 'credit-weighted/2');
  const { nodes, edges } = value as {
    nodes: { kind: string; id: string; name: string }[];
    edges: { from: string; to: string }[];
  };
  const parent = nodes.find(({ name }) => name === 'credit-weighted/1');
  const children = edges.filter(({ from }) => from === `version:${parent?.id}`);
  expect(children.some(({ to }) => to.startsWith('run:'))).toBe(true);
}, 90_000);

it('every command of these guides was run', () => {
  expect([...behind.keys()]).toEqual([]);
});
