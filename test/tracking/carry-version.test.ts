/** One version from a stage to another of another account, where a model of that name has versions of its own. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { createExperiment } from '../../lib/tracking/experiments';
import { setGates } from '../../lib/tracking/gate-records';
import { logInput } from '../../lib/tracking/inputs';
import { logBatch } from '../../lib/tracking/log-batch';
import { createVersion, getVersion, listVersions } from '../../lib/tracking/model-versions';
import { promote } from '../../lib/tracking/promotion';
import { createRun, getRun, runExists } from '../../lib/tracking/runs';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

const folder = mkdtempSync(join(tmpdir(), 'millrace-carry-'));
const carried = join(folder, 'wine-3');
const RUN = 'a'.repeat(32);
const ROWS = 'rows of the training';
const sha256 = createHash('sha256').update(ROWS).digest('hex');
const DATASET = `datasets/wine/train/${sha256}.parquet`;
/** Of a run of the pipeline; the same date has a run of the same name in the other stage. */
const HELD_OUT = 'features/wine/wine--schedule--20261121T000000Z-0a1b2c3d/features/test.parquet';
const TEST_ROWS = 'rows that were held out';
const heldOutSha = createHash('sha256').update(TEST_ROWS).digest('hex');
const by = { by: 'me', reason: 'better' };
const store = () => new ObjectStore(s3Client(), 'millrace-test-data');
const textAt = async (uri: string) => store().getText(uri.replace('s3://millrace-test-data/', ''));
let millrace: TrackingEndpoint;

/** What is written names the bucket of that account, which is another one than that of this. */
function fromAnotherAccount(): void {
  for (const file of readdirSync(carried).filter((name) => /\.jsonl?$/.test(name))) {
    const path = join(carried, file);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('millrace-test-data', 'millrace-staging-data'));
  }
}

beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  const { id } = await createExperiment('wine');
  const run = await createRun({ runId: RUN, experimentId: id, runName: 'fit', startTime: 1, tags: {} });
  await logBatch(RUN, {
    metrics: [{ key: 'auc', value: 0.9, timestamp: 5, step: 0 }],
    params: { depth: '3' },
  });
  const uri = store().uri(DATASET);
  const columns = [{ name: 'x', type: 'number' }];
  await logInput(RUN, { name: 'train', digest: sha256.slice(0, 32), sha256, uri, context: 'train', columns });
  const raw = { name: 'upload', sha256: 'b'.repeat(64), uri: store().uri('raw/wine.csv'), context: 'source' };
  await logInput(RUN, { ...raw, digest: 'b'.repeat(32) });
  const held = { name: 'test', sha256: heldOutSha, uri: store().uri(HELD_OUT), context: 'test' };
  await logInput(RUN, { ...held, digest: heldOutSha.slice(0, 32), columns });
  await store().putBytes(HELD_OUT, TEST_ROWS);
  await store().putBytes(DATASET, ROWS);
  await store().putBytes('raw/wine.csv', 'an upload');
  const source = `${run.artifactUri}/model/`;
  await store().putBytes(`${source.replace('s3://millrace-test-data/', '')}model.onnx`, 'trees');
  const lineage = {
    pipeline: 'wine',
    logicalRun: 'wine--1',
    task: 'register',
    execution: 'arn:x',
    commit: 'abc',
    dirty: false,
    codeHash: 'c0de',
    datasets: [{ name: 'train', uri, sha256, context: 'train' }],
  };
  for (const idempotencyKey of ['1', '2', '3'])
    await createVersion({
      ...by,
      name: 'wine',
      source,
      runId: RUN,
      tags: { algorithm: 'a' },
      lineage,
      idempotencyKey,
    });
  await createVersion({ ...by, name: 'found', source, runId: '', idempotencyKey: '1' });
  await promote({ ...by, name: 'wine', version: '3', alias: 'champion', archiveExisting: false });
  const exported = await millrace.run('models', 'export', 'wine', '@champion', carried);
  expect(exported).toMatchObject({ code: 0 });
  expect(exported.stderr).toContain('not in the folder: s3://millrace-test-data/raw/wine.csv');
  expect(exported.stdout).toContain('test:wine/3 is in ');
}, 60_000);
afterAll(async () => {
  await millrace.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('refuses what cannot be carried, and writes nothing', async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await millrace.run('models', 'export', ...args);
    expect(code).toBe(2);
    return stderr;
  };
  const other = join(folder, 'other');
  expect(await refused('wine', '3', carried)).toContain('is not empty');
  expect(await refused('wine', '@nobody', other)).toContain("No version of wine has the alias 'nobody'.");
  expect(await refused('wine', '9', other)).toContain('version=9');
  expect(await refused('found', '1', other)).toContain('was made by no tracked run');
  expect(readdirSync(folder)).toEqual(['wine-3']);
});

it('is a new version there, with its run, its metrics and its rows; gates judge it', async () => {
  await millrace.stop();
  fromAnotherAccount();
  millrace = await startTrackingEndpoint();
  for (const idempotencyKey of ['x', 'y'])
    await createVersion({ ...by, name: 'wine', source: 's3://b/', runId: '', idempotencyKey });
  await promote({ ...by, name: 'wine', version: '2', alias: 'champion', archiveExisting: false });
  await createExperiment('another id for the next one');
  await store().putBytes(HELD_OUT, 'rows of the run of that date here');
  const bring = () => millrace.run('models', 'import', carried, '--reason', 'accepted in staging');
  const { code, stdout } = await bring();
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(stdout).toContain('test:wine/3 is version 3 of wine here.');
  // Again: the same version.
  expect((await bring()).code).toBe(0);
  expect((await listVersions('wine')).map(({ version }) => version)).toEqual(['3', '2', '1']);
  const version = await getVersion('wine', '3');
  expect(version).toMatchObject({
    stage: 'None',
    runId: RUN,
    description: 'accepted in staging',
    tags: { algorithm: 'a', 'millrace.carried_from': 'test:wine/3' },
    lineage: { commit: 'abc', datasets: [{ sha256, uri: `s3://millrace-test-data/${DATASET}` }] },
  });
  expect(await textAt(`${version.source}model.onnx`)).toBe('trees');
  const { metrics, inputs, artifactUri } = await getRun(RUN);
  expect(version.source).toBe(`${artifactUri}/model/`);
  expect(metrics).toMatchObject({ auc: 0.9 });
  expect(await textAt(inputs.find(({ context }) => context === 'train')?.uri ?? '')).toBe(ROWS);
  // Those of a run that has the same name here stay beside it.
  expect(await textAt(inputs.find(({ context }) => context === 'test')?.uri ?? '')).toBe(TEST_ROWS);
  expect(await store().getText(HELD_OUT)).toBe('rows of the run of that date here');
  // An upload is not brought: it would start runs here.
  expect(await store().head('raw/wine.csv')).toBeUndefined();

  const gated = async (min: number) => {
    const gates = { kind: 'metric', metric: 'auc', min } as const;
    await setGates('wine', { aliases: ['champion'], stages: [], gates: [gates] }, by);
    return millrace.run('models', 'promote', 'wine', '3', '--alias', 'champion', '--reason', 'R-7');
  };
  expect((await gated(0.95)).code).toBe(1);
  expect((await gated(0.85)).code).toBe(0);
}, 60_000);

it('refuses a damaged folder before anything is written', async () => {
  await millrace.stop();
  millrace = await startTrackingEndpoint();
  appendFileSync(join(carried, 'objects', sha256), '!');
  const refused = async () => {
    const { code, stderr } = await millrace.run('models', 'import', carried, '--reason', 'r');
    expect(code).toBe(2);
    return stderr;
  };
  expect(await refused()).toContain('is damaged');
  expect(await runExists(RUN)).toBe(false);
  rmSync(join(carried, 'version.json'));
  expect(await refused()).toContain('holds no version');
}, 60_000);
