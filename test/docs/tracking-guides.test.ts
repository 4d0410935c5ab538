/** What the guides on promotion, Python and moving from MLflow show, as it stands there. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RunView } from '../../lib/cli/run-view';
import { promotionGates } from '../../lib/tasks/promotion-gates';
import { commandsOf, filesOf } from '../support/guides';
import { environment, millraceIn, ROOT, startDev, type DevServer } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const project = temporaryProject({ ...filesOf('promotion.md'), ...filesOf('mlflow-python.md') });
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
  await s3.send(
    new PutObjectCommand({
      Bucket: 'millrace-dev-data-000000000000-us-east-1',
      Key: 'raw/german_credit.csv',
      Body: readFileSync(join(ROOT, 'data', 'german_credit.csv')),
    }),
  );
  s3.destroy();
}, 120_000);
afterAll(async () => {
  await dev.stop();
  project.remove();
});

it('promotion.md: refused, approved, promoted, forced, rolled back, made again', async () => {
  const [declare, run, gates, approve, promote, again, force, history, rollback, lineage, reproduce] =
    commandsOf('promotion.md') as [string[], ...string[][]];
  const did = async (words: readonly string[] | undefined) => {
    const { code, value } = await millrace.json(...(words ?? []));
    return { code, value: value as never };
  };
  const promotion = async (words: readonly string[] | undefined) => {
    const { code, value } = await did(words);
    return { code, out: (value as RunView).tasks.find(({ id }) => id === 'promote')?.out };
  };
  expect(await promotion(run)).toMatchObject({
    code: 0,
    out: {
      promoted: false,
      gates: [
        { gate: 'metric auc', passed: true },
        { gate: 'beats-champion auc', passed: true, detail: 'no other version is champion' },
        { gate: 'no-drift-alarm', passed: true },
        { gate: 'approval', passed: false },
      ],
    },
  });
  expect((await did(gates)).code).toBe(1);
  expect((await did(approve)).code).toBe(0);
  expect(await did(promote)).toMatchObject({
    code: 0,
    value: { stage: 'Production', previous: null, forced: false },
  });

  expect(await promotion(again)).toMatchObject({
    out: {
      promoted: false,
      gates: [
        {},
        {
          gate: 'beats-champion auc',
          passed: true,
          value: expect.any(Number) as unknown,
          detail: expect.stringContaining('on the same 200 held-out rows') as unknown,
        },
        {},
        { gate: 'approval', passed: false },
      ],
    },
  });
  expect(await did(force)).toMatchObject({ value: { alias: 'champion', previous: '1', forced: true } });
  expect(JSON.stringify((await did(history)).value)).toContain('forced past approval');
  expect(await did(rollback)).toMatchObject({ value: { version: '1', previous: '2' } });
  expect((await did(lineage)).code).toBe(0);
  expect(await did(reproduce)).toMatchObject({
    code: 0,
    value: { same: true, code: { bundle: 'same' }, left: [] },
  });

  const [, json = ''] =
    /```json\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/guides/promotion.md'), 'utf8')) ?? [];
  promotionGates.parse(JSON.parse(json));
  writeFileSync(join(project.root, 'gates.json'), json);
  expect(await did(declare)).toMatchObject({
    code: 0,
    value: { declared: { gates: [{ min: 0.75 }, { people: 2 }] } },
  });
}, 120_000);

it('from-mlflow.md: everything of a server, here the same one, whose runs and models are here already', async () => {
  const [command] = commandsOf('from-mlflow.md');
  const words = (command ?? []).map((word) => (word.startsWith('http:') ? dev.url : word));
  expect(words).toContain(dev.url);
  const { code, value } = await millrace.json(...words);
  // Another model has the name: an id that was made here is none that an import gives.
  expect([code, JSON.stringify(value)]).toEqual([
    2,
    expect.stringContaining('another registered model is called gated-credit here') as unknown,
  ]);
}, 60_000);

const python = process.env['MILLRACE_MLFLOW_PYTHON'] ?? 'python3';
const hasMlflow = spawnSync(python, ['-c', 'import mlflow, pandas'], { timeout: 60_000 }).status === 0;

(hasMlflow ? it : it.skip)(
  `mlflow-python.md: the script, with ${hasMlflow ? python : 'the mlflow package, which python3 does not have: set MILLRACE_MLFLOW_PYTHON'}`,
  async () => {
    const { stdout } = await promisify(execFile)(
      python,
      [join(project.root, 'scripts/train_from_python.py')],
      {
        env: { ...environment(), MLFLOW_TRACKING_URI: dev.url, MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1' },
      },
    );
    expect(stdout).toContain('best baseline 0.81\n');
    expect(stdout).toContain('champion 1 [0, 1, 2, 3, 4]\n');
  },
  120_000,
);
