/** Export and import through the command line, from one store into another that has other ids. */
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../lib/aws/clients/dynamodb';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { deleteExperiment, restoreExperiment } from '../../lib/tracking/experiment-changes';
import { createExperiment, getExperimentByName } from '../../lib/tracking/experiments';
import { setGates } from '../../lib/tracking/gate-records';
import { logInput } from '../../lib/tracking/inputs';
import { logBatch } from '../../lib/tracking/log-batch';
import { createLoggedModel, getLoggedModel } from '../../lib/tracking/logged-models';
import { metricHistory } from '../../lib/tracking/metrics';
import { createVersion, getVersion, getVersionByAlias } from '../../lib/tracking/model-versions';
import { readLineage } from '../../lib/tracking/lineage';
import { logParent } from '../../lib/tracking/parents';
import { promote } from '../../lib/tracking/promotion';
import { readRecipes, recordRecipe, type Recipe } from '../../lib/tracking/recipes';
import { createModel, getModel } from '../../lib/tracking/registered-models';
import { listEvents } from '../../lib/tracking/registry-events';
import { rollback } from '../../lib/tracking/rollback';
import { deleteRun } from '../../lib/tracking/run-changes';
import { createRun, getRun } from '../../lib/tracking/runs';
import { deleteVersion } from '../../lib/tracking/version-changes';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

const folder = mkdtempSync(join(tmpdir(), 'millrace-transfer-'));
const dump = join(folder, 'dump');
const [parent, child, inDeleted] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
];
const sha256 = 'da7a'.repeat(16);
let loggedModel = '';
const recipe: Recipe = {
  made: true,
  task: 'train',
  name: 'child',
  input: { seed: 1 },
  run: { id: 'wine--1' },
  function: 'f',
  codeHash: 'c0de',
  memoryMb: 512,
  node: 'v20',
};

async function fill(): Promise<void> {
  const wine = await createExperiment('wine', { team: 'red' });
  await createRun({ runId: parent, experimentId: wine.id, runName: 'parent', startTime: 1, tags: {} });
  const run = await createRun({
    runId: child,
    experimentId: wine.id,
    runName: 'child',
    startTime: 2,
    tags: { 'mlflow.parentRunId': parent },
  });
  await logBatch(child, {
    metrics: [
      ...[0, 1, 2].map((step) => ({ key: 'auc', value: 0.5 + step / 10, timestamp: 5, step })),
      { key: 'loss', value: Number.NaN, timestamp: 5, step: 0 },
    ],
    params: { depth: '3' },
  });
  await logInput(child, { name: 'd', digest: 'da7a', sha256, uri: 's3://b/d.parquet', context: 'training' });
  await recordRecipe(child, recipe);
  const store = new ObjectStore(s3Client(), 'millrace-test-data');
  const key = (uri: string) => uri.replace('s3://millrace-test-data/', '');
  await store.putBytes(`${key(run.artifactUri)}/model/model.json`, '{"trees":[]}', {
    contentType: 'application/json',
  });
  const logged = await createLoggedModel({ experimentId: wine.id, name: 'm', params: {}, tags: {} });
  await store.putBytes(`${key(logged.artifactUri)}/MLmodel`, 'flavors');
  loggedModel = logged.modelId;
  const version = { name: 'wine', source: `${run.artifactUri}/model/`, runId: child, by: 'me' };
  const lineage = {
    pipeline: 'wine',
    logicalRun: 'wine--1',
    task: 'register',
    execution: 'arn:x',
    commit: 'abc',
    dirty: false,
    codeHash: 'c0de',
    datasets: [{ name: 'd', uri: 's3://b/d.parquet', sha256, context: 'training' }],
  };
  for (const idempotencyKey of ['1', '2', '3']) await createVersion({ ...version, lineage, idempotencyKey });
  // Its edge of the lineage is to be there again.
  await logParent(parent, { name: 'wine', version: '1' });
  const champion = { name: 'wine', stage: 'Production', alias: 'champion', archiveExisting: true } as const;
  await promote({ ...champion, version: '1', reason: 'the first', by: 'me' });
  await promote({ ...champion, version: '2', reason: 'better', by: 'me' });
  await setGates(
    'wine',
    { aliases: ['champion'], stages: ['Production'], gates: [{ kind: 'metric', metric: 'auc', min: 0.6 }] },
    { by: 'me', reason: 'policy' },
  );
  await deleteVersion('wine', '3', 'me');
  const old = await createExperiment('old');
  await createRun({ runId: inDeleted, experimentId: old.id, runName: 'old', startTime: 3, tags: {} });
  await deleteExperiment(old.id);
}

/** All items of the tracking table, as text. */
async function everything(): Promise<string[]> {
  const { Items = [] } = await documentClient().send(
    new ScanCommand({ TableName: 'millrace-test-tracking', ConsistentRead: true }),
  );
  return Items.map((item) => JSON.stringify(Object.entries(item).sort())).sort();
}

let millrace: TrackingEndpoint;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  await fill();
  const { code, stdout } = await millrace.run('export', dump);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^runs +3$/m);
  await millrace.stop();
  millrace = await startTrackingEndpoint();
  // Ids of experiments are other ones here.
  await createExperiment('was here before');
});
afterAll(async () => {
  await millrace.stop();
  rmSync(folder, { recursive: true, force: true });
});

const lines = (directory: string, file: string) =>
  readFileSync(join(directory, file), 'utf8').trimEnd().split('\n').sort();

describe('an import', () => {
  it('refuses what is cut off, changed or no export, and writes nothing', async () => {
    const before = await everything();
    const cut = join(folder, 'cut');
    cpSync(dump, cut, { recursive: true });
    appendFileSync(join(cut, 'runs.jsonl'), '{"runId":');
    const torn = await millrace.run('import', cut);
    expect({ code: torn.code, stderr: torn.stderr }).toMatchObject({ code: 2 });
    expect(torn.stderr).toContain('runs.jsonl, line 4 is not JSON');
    rmSync(join(cut, 'millrace-export.json'));
    expect((await millrace.run('import', cut)).stderr).toContain('holds no whole export');
    expect(await everything()).toEqual(before);
  });

  it('refuses artifacts that hold something else', async () => {
    const damaged = join(folder, 'damaged');
    cpSync(dump, damaged, { recursive: true });
    const [object = ''] = readdirSync(join(damaged, 'objects'));
    writeFileSync(join(damaged, 'objects', object), 'something else');
    const { code, stderr } = await millrace.run('import', damaged);
    expect(code).toBe(2);
    expect(stderr).toContain('is damaged');
    await expect(getRun(child)).rejects.toThrow('not found');
  });

  it('goes on where it was cut off and brings everything', async () => {
    const { code, stdout } = await millrace.run('import', dump);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^runs +3 +0$/m);
    expect(stdout).toMatch(/^models +1 +0$/m);

    const wine = await getExperimentByName('wine');
    expect(wine).toMatchObject({ tags: { team: 'red' }, lifecycleStage: 'active' });
    const run = await getRun(child);
    expect(run).toMatchObject({
      experimentId: wine?.id,
      artifactUri: `${wine?.artifactLocation}/${child}`,
      metrics: { auc: 0.7, loss: Number.NaN },
      params: { depth: '3' },
      tags: { 'mlflow.parentRunId': parent },
      inputs: [{ sha256 }],
    });
    expect((await metricHistory(child, 'auc')).map(({ value }) => value)).toEqual([0.5, 0.6, 0.7]);
    const store = new ObjectStore(s3Client(), 'millrace-test-data');
    expect(await store.getText(`${run.artifactUri}/model/model.json`)).toBe('{"trees":[]}');
    expect((await store.read(`${run.artifactUri}/model/model.json`)).contentType).toBe('application/json');
    expect(await store.getText(`${(await getLoggedModel(loggedModel)).artifactUri}/MLmodel`)).toBe('flavors');

    expect(await getVersionByAlias('wine', 'champion')).toMatchObject({
      version: '2',
      stage: 'Production',
      source: `${run.artifactUri}/model/`,
    });
    await expect(getVersion('wine', '3')).rejects.toThrow('not found');
    expect((await listEvents('wine')).map(({ action, reason }) => [action, reason])).toEqual([
      ['delete-version', ''],
      ['set-gates', 'policy'],
      ['promote', 'better'],
      ['promote', 'the first'],
      ['create', ''],
      ['create', ''],
      ['create', ''],
    ]);
    expect((await millrace.run('lineage', sha256)).stdout).toContain(
      'to version wine/2 (Production, champion)',
    );
    expect((await getRun(inDeleted)).lifecycleStage).toBe('deleted');
  });

  it('brings how runs were made, and the gates of models', async () => {
    expect(await readRecipes(child)).toEqual([recipe]);
    expect((await getModel('wine')).gates?.gates).toEqual([{ kind: 'metric', metric: 'auc', min: 0.6 }]);
  });

  it('brings which version a run went on from', async () => {
    const found = await readLineage({ kind: 'run', id: parent });
    expect(found.map(({ direction, node }) => `${direction} ${node.kind}`)).toEqual(['from version']);
    const back = await readLineage(found[0]!.node);
    expect(back.some(({ direction, node }) => direction === 'to' && node.id === parent)).toBe(true);
  });

  it('a second time changes nothing', async () => {
    const before = await everything();
    const imported = await millrace.json<{ added: object; kept: object }>('import', dump);
    expect(imported).toMatchObject({
      added: { experiments: 0, runs: 0, loggedModels: 0, models: 0, artifacts: 0 },
      kept: { experiments: 2, runs: 3, loggedModels: 1, models: 1 },
    });
    expect(await everything()).toEqual(before);
  });

  it('exported again is the same but for the ids and places of experiments', async () => {
    const again = join(folder, 'again');
    await millrace.run('export', again);
    for (const file of ['metrics.jsonl', 'models.jsonl', 'events.jsonl', 'artifacts.jsonl'])
      expect(lines(again, file)).toEqual(lines(dump, file));
    expect(readdirSync(join(again, 'objects')).sort()).toEqual(readdirSync(join(dump, 'objects')).sort());
    const neutral = (line: string) =>
      line.replace(/"experimentId":"\d+"/g, '').replace(/artifacts\/\d+\//g, 'artifacts/');
    for (const file of ['runs.jsonl', 'logged-models.jsonl', 'versions.jsonl'])
      expect(lines(again, file).map(neutral)).toEqual(lines(dump, file).map(neutral));
  });

  it('keeps a history that can be rolled back', async () => {
    await rollback({ name: 'wine', alias: 'champion', reason: 'as bad here', by: 'me' });
    expect(await getVersionByAlias('wine', 'champion')).toMatchObject({ version: '1' });
  });

  it('brings runs of a deleted experiment as deleted ones when it is alive here, and refuses the reverse', async () => {
    await millrace.stop();
    millrace = await startTrackingEndpoint();
    await createExperiment('old');
    const wine = await createExperiment('wine');
    await deleteExperiment(wine.id);
    await createModel('wine', { description: '', tags: {} });
    const refused = await millrace.run('import', dump);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('the experiment wine is deleted here');
    expect(refused.stderr).toContain('another registered model is called wine here');
    await restoreExperiment(wine.id);
    expect((await millrace.run('import', dump)).code).toBe(2);
    await millrace.stop();
    millrace = await startTrackingEndpoint();
    await createExperiment('old');
    expect((await millrace.run('import', dump)).code).toBe(0);
    expect((await getRun(inDeleted)).lifecycleStage).toBe('deleted');
    await deleteRun(child);
    expect((await millrace.run('import', dump)).code).toBe(0);
    expect((await getRun(child)).lifecycleStage).toBe('deleted');
  });
});

describe('an export', () => {
  it('goes only into an empty folder', async () => {
    const { code, stderr } = await millrace.run('export', dump);
    expect(code).toBe(2);
    expect(stderr).toContain('is not empty');
  });
});
