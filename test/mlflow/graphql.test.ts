import '../support/quiet-telemetry';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPage, PageNotFound } from '../../lib/mlflow/page/find-page';
import { mlflowPage } from '../../lib/mlflow/page/serve-page';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { post, request } from '../support/mlflow-api';

let aws: LocalAws;
let experimentId: string;
let runId: string;
beforeAll(async () => {
  aws = await startLocalAws();
  experimentId = (await post('experiments/create', { name: 'queried' })).experiment_id as string;
  runId = (await post('runs/create', { experiment_id: experimentId, run_name: 'first' })).run.info
    .run_id as string;
  const metrics = [0.5, 0.75, 1].map((value, step) => ({ key: 'auc', value, step, timestamp: 1000 + step }));
  await post('runs/log-batch', { run_id: runId, metrics, params: [{ key: 'depth', value: '4' }] });
  await post('registered-models/create', { name: 'scorer' });
  await post('model-versions/create', { name: 'scorer', source: 's3://b/model', run_id: runId });
});
afterAll(async () => aws.stop());

const ask = async (query: string, variables: object = {}) =>
  (await request('POST', '/graphql', { query, variables })).json as {
    data: Record<string, unknown> | null;
    errors: { message: string }[] | null;
  };

describe('GraphQL', () => {
  it('gives a run with its experiment and the versions made from it', async () => {
    const { data, errors } = await ask(
      `query GetRun($data: MlflowGetRunInput!) { mlflowGetRun(input: $data) { apiError { code message } run {
         info { runId runName experimentId status } experiment { name } modelVersions { name version }
         data { params { key value } metrics { key value } } } } }`,
      { data: { runId } },
    );
    expect(errors).toBeNull();
    expect(data).toEqual({
      mlflowGetRun: {
        apiError: null,
        run: {
          info: { runId, runName: 'first', experimentId, status: 'RUNNING' },
          experiment: { name: 'queried' },
          modelVersions: [{ name: 'scorer', version: '1' }],
          data: { params: [{ key: 'depth', value: '4' }], metrics: [{ key: 'auc', value: 1 }] },
        },
      },
    });
  });

  it('gives runs of a search, the history of a metric, and experiments', async () => {
    const { data, errors } = await ask(
      `query Q($e: [String], $r: [String], $id: String) {
         mlflowSearchRuns(input: { experimentIds: $e, filter: "params.depth = '4'" }) { runs { info { runName } } }
         mlflowGetMetricHistoryBulkInterval(input: { runIds: $r, metricKey: "auc" }) { metrics { step value } }
         mlflowGetExperiment(input: { experimentId: $id }) { experiment { name lifecycleStage } } }`,
      { e: [experimentId], r: [runId], id: experimentId },
    );
    expect(errors).toBeNull();
    expect(data).toEqual({
      mlflowSearchRuns: { runs: [{ info: { runName: 'first' } }] },
      mlflowGetMetricHistoryBulkInterval: {
        metrics: [
          { step: '0', value: 0.5 },
          { step: '1', value: 0.75 },
          { step: '2', value: 1 },
        ],
      },
      mlflowGetExperiment: { experiment: { name: 'queried', lifecycleStage: 'active' } },
    });
  });

  it('puts a refusal where the page looks for it', async () => {
    const { data } = await ask(
      '{ mlflowGetRun(input: { runId: "none" }) { apiError { code message } run { info { runId } } } }',
    );
    expect(data).toMatchObject({
      mlflowGetRun: { apiError: { code: 'RESOURCE_DOES_NOT_EXIST' }, run: null },
    });
  });

  it.each([
    ['{ nothing }', /Cannot query field "nothing"/],
    ['{ mlflowGetRun(', /Syntax Error/],
    [
      `{ ${Array.from({ length: 11 }, (_, i) => `a${i}: mlflowGetRun { apiError { code } }`).join(' ')} }`,
      /at most 10/,
    ],
    [`fragment F on MlflowGetRunResponse { ...F } { mlflowGetRun { ...F } }`, /itself/],
  ])('refuses %s', async (query, message) => {
    const { data, errors } = await ask(query);
    expect(data).toBeNull();
    expect(errors?.[0]?.message).toMatch(message);
  });
});

describe("MLflow's page", () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-page-'));
  const build = join(folder, 'lib', 'python3.11', 'site-packages', 'mlflow', 'server', 'js', 'build');
  let server: Server;
  let url: string;
  beforeAll(async () => {
    mkdirSync(join(build, 'static'), { recursive: true });
    writeFileSync(join(build, 'index.html'), '<p>page</p>');
    writeFileSync(join(build, 'static', 'main.js'), 'run()');
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    const page = mlflowPage(findPage(folder, folder));
    server = createServer((request, response) => void page.handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is found in a virtual environment, and named where it is missing', () => {
    expect(findPage(folder, folder)).toBe(build);
    expect(() => findPage(join(folder, 'lib'), folder)).toThrow(PageNotFound);
  });

  it('is served with the API below one path, and nothing beside it', async () => {
    const text = async (path: string) => {
      const answer = await fetch(`${url}${path}`, { redirect: 'manual' });
      return [answer.status, await answer.text()];
    };
    expect(await text('/_mlflow')).toEqual([308, '']);
    expect(await text('/_mlflow/')).toEqual([200, '<p>page</p>']);
    expect(await text('/_mlflow/static-files/static/main.js')).toEqual([200, 'run()']);
    expect((await text('/_mlflow/static-files/..%2f..%2f..%2f..%2f..%2f..%2f..%2fsecret.txt'))[0]).toBe(404);
    const [status, body] = await text(
      `/_mlflow/ajax-api/2.0/mlflow/experiments/get?experiment_id=${experimentId}`,
    );
    expect([status, JSON.parse(String(body)).experiment.name]).toEqual([200, 'queried']);
  });
});
