/** Moving from a server of MLflow, with this API in its place; `npm run peer:mlflow` has MLflow's own clients. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { exportServer } from '../../lib/mlflow/from-server/export-server';
import { mlflowGuest } from '../../lib/mlflow/guest';
import { getExperimentByName } from '../../lib/tracking/experiments';
import { getLoggedModel } from '../../lib/tracking/logged-models';
import { metricHistory } from '../../lib/tracking/metrics';
import { getVersion } from '../../lib/tracking/model-versions';
import { getModel } from '../../lib/tracking/registered-models';
import { listEvents } from '../../lib/tracking/registry-events';
import { readRunDocument } from '../../lib/tracking/run-document';
import { startLocalAws } from '../support/local-aws';
import { post, request } from '../support/mlflow-api';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

const folder = mkdtempSync(join(tmpdir(), 'millrace-from-server-'));
const dump = join(folder, 'dump');
let millrace: TrackingEndpoint;
let runId = '';
let deletedRun = '';
let modelId = '';

/** What a client would have left on the server. */
async function fill(): Promise<void> {
  const { experiment_id } = await post('experiments/create', {
    name: 'wine',
    tags: [{ key: 'team', value: 'red' }],
  });
  const created = await post('runs/create', {
    experiment_id,
    run_name: 'first',
    start_time: 5,
    user_id: 'ana',
  });
  runId = created.run.info.run_id;
  const metrics = [0, 1, 2].map((step) => ({
    key: 'loss',
    value: step === 1 ? 'NaN' : 1 / (step + 1),
    timestamp: 10 + step,
    step,
  }));
  await post('runs/log-batch', {
    run_id: runId,
    metrics,
    params: [{ key: 'depth', value: '3' }],
    tags: [{ key: 'a', value: 'b' }],
  });
  const dataset = { name: 'wine', digest: 'd1', source_type: 'local', source: '{}' };
  await post('runs/log-inputs', {
    run_id: runId,
    datasets: [{ dataset, tags: [{ key: 'mlflow.data.context', value: 'test' }] }],
  });
  await request(
    'PUT',
    `/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${runId}/plots/curve.txt`,
    'a curve',
  );
  const logged = await post('logged-models', {
    experiment_id,
    name: 'm',
    source_run_id: runId,
    params: [{ key: 'p', value: '1' }],
  });
  modelId = logged.model.info.model_id;
  await request(
    'PUT',
    `/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/models/${modelId}/artifacts/MLmodel`,
    'flavors',
  );
  await post(`logged-models/${modelId}`, { status: 'LOGGED_MODEL_READY' }, 'PATCH');
  await post('runs/outputs', { run_id: runId, models: [{ model_id: modelId, step: 2 }] });
  await post('runs/update', { run_id: runId, status: 'FINISHED', end_time: 99 });
  deletedRun = (await post('runs/create', { experiment_id, start_time: 6 })).run.info.run_id;
  await post('runs/delete', { run_id: deletedRun });

  await post('registered-models/create', { name: "bob's wine", description: 'by bob' });
  const version = { name: "bob's wine", run_id: runId };
  await post('model-versions/create', {
    ...version,
    source: `mlflow-artifacts:/${experiment_id}/${runId}/plots`,
  });
  await post('model-versions/create', {
    ...version,
    source: `models:/${modelId}`,
    model_id: modelId,
    description: 'second',
  });
  await post('registered-models/alias', { name: "bob's wine", alias: 'champion', version: '2' });
  await post('model-versions/transition-stage', { name: "bob's wine", version: '1', stage: 'Staging' });
  await post('registered-models/create', {
    name: 'asked',
    tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }],
  });
}

beforeAll(async () => {
  const server = await startLocalAws([mlflowGuest]);
  await fill();
  expect((await exportServer(`${server.url}/`, dump)).elsewhere).toEqual([]);
  await server.stop();
  millrace = await startTrackingEndpoint();
});
afterAll(async () => {
  await millrace.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('brings experiments, runs with histories, models and artifacts, and a second time changes nothing', async () => {
  const imported = await millrace.json<{ added: object }>('import', dump);
  expect(imported.added).toEqual({ experiments: 1, runs: 2, loggedModels: 1, models: 2, artifacts: 2 });

  const wine = await getExperimentByName('wine');
  expect(wine).toMatchObject({ tags: { team: 'red' } });
  const run = await readRunDocument(runId);
  expect(run).toMatchObject({
    experimentId: wine?.id,
    runName: 'first',
    status: 'FINISHED',
    startTime: 5,
    endTime: 99,
    userId: 'ana',
    p: { depth: '3' },
    t: { a: 'b' },
    datasets: { 'wine#d1': { tags: { 'mlflow.data.context': 'test' } } },
    modelOutputs: { [modelId]: 2 },
    artifactUri: `${wine?.artifactLocation}/${runId}`,
  });
  expect((await metricHistory(runId, 'loss')).map(({ step, value }) => [step, value])).toEqual([
    [0, 1],
    [1, Number.NaN],
    [2, 1 / 3],
  ]);
  expect((await readRunDocument(deletedRun)).lifecycleStage).toBe('deleted');
  const store = new ObjectStore(s3Client(), 'millrace-test-data');
  expect(await store.getText(`${run.artifactUri}/plots/curve.txt`)).toBe('a curve');
  const logged = await getLoggedModel(modelId);
  expect(logged).toMatchObject({ sourceRunId: runId, status: 'LOGGED_MODEL_READY', params: { p: '1' } });
  expect(await store.getText(`${logged.artifactUri}/MLmodel`)).toBe('flavors');

  expect(await getModel("bob's wine")).toMatchObject({
    description: 'by bob',
    aliases: { champion: '2' },
    latest: { Staging: '1', None: '2' },
    nextVersion: 3,
  });
  expect(await getVersion("bob's wine", '1')).toMatchObject({
    source: `${run.artifactUri}/plots`,
    stage: 'Staging',
  });
  expect(await getVersion("bob's wine", '2')).toMatchObject({
    storage: logged.artifactUri,
    modelId,
    description: 'second',
  });
  expect((await listEvents("bob's wine")).map(({ action, version }) => [action, version])).toEqual([
    ['set-alias', '2'],
    ['create', '2'],
    ['create', '1'],
  ]);
  expect((await getModel('asked')).tags).toEqual({ 'mlflow.prompt.is_prompt': 'true' });

  expect((await millrace.json<{ added: object }>('import', dump)).added).toEqual({
    experiments: 0,
    runs: 0,
    loggedModels: 0,
    models: 0,
    artifacts: 0,
  });
});

it('goes on with what it is after the import: versions count on, and the champion can be rolled back to', async () => {
  const name = "bob's wine";
  await post('model-versions/create', { name, source: 's3://b/m' });
  await millrace.run('models', 'promote', name, '3', '--alias', 'champion', '--reason', 'new');
  await millrace.run('models', 'rollback', name, '--alias', 'champion', '--reason', 'worse');
  expect((await getModel(name)).aliases).toEqual({ champion: '2' });
});

describe('refuses', () => {
  let status = 200;
  const server = createServer((incoming, answer) => {
    incoming.resume();
    answer.writeHead(status);
    answer.end('<html>hello</html>');
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it.each([
    [200, 'is it the address of an MLflow tracking server?'],
    [401, 'experiments/search: 401'],
    [404, 'experiments/search: 404'],
  ])('a server that answers %i with a page, and leaves nothing behind', async (answered, message) => {
    status = answered;
    const keep = join(folder, `kept-${answered}`);
    const { code, stderr } = await millrace.run('import', url, '--keep', keep);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message) as unknown]);
    expect(readdirSync(folder)).toEqual(['dump']);
  });
});
