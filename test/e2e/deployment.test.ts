/** Every end of a branch of model-deployment, model-monitoring and model-retraining: endpoint, alias, messages, reports. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { JsonObject } from '../../lib/model/json';
import { importCsv } from '../../lib/data/ingest-csv';
import { listRuns } from '../../lib/orchestration/list-runs';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges } from '../../lib/serving/endpoint';
import { tellAliasMoved } from '../../lib/tracking/alias-events';
import { createVersion, getVersion, getVersionByAlias } from '../../lib/tracking/model-versions';
import type { CriterionResult } from '../../lib/tasks/verify-model';
import { customers, noisy, sample, type Customer } from '../support/customers';
import { ROOT } from '../support/millrace';
import { metricsOf, type ShownMetric } from '../support/shown-metrics';
import { GRAFANA, grafanaOf, insightsOf, seriesOf } from '../support/shown-queries';
import { seenByAlarmsOnly } from '../support/seen-by-alarms-only';
import { startPipelinesCloud, type EndedRun, type PipelinesCloud } from '../support/pipelines-cloud';

let at: PipelinesCloud;
const rows = customers();

beforeAll(async () => {
  at = await startPipelinesCloud();
  await at.upload('telecom_churn.csv');
  // What data-ingestion publishes.
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-published-'));
  const target = join(scratch, 'customers.parquet');
  await importCsv({
    path: join(ROOT, 'data', 'telecom_churn.csv'),
    source: 'telecom_churn.csv',
    delimiter: ',',
    nullValues: [''],
    types: {},
    target,
    scratch,
    memoryMb: 512,
  });
  await at.objects.putFile('raw/published/customers.parquet', target);
  rmSync(scratch, { recursive: true, force: true });
}, 180_000);
afterAll(async () => at.stop());

interface Checked {
  readonly passed: boolean;
  readonly results: readonly CriterionResult[];
  readonly json: { readonly uri: string };
}

const known: string[] = [];

/** The deployment that the new champion started. */
async function deployment(): Promise<EndedRun> {
  const run = await at.nextRun('model-deployment', known);
  known.push(run.runId);
  return run;
}

async function deploy(params: JsonObject): Promise<EndedRun> {
  const run = await at.run('model-deployment', { model: 'churn', ...params });
  known.push(run.runId);
  return run;
}

async function versionAnswering(target?: 'candidate'): Promise<string> {
  const answer = await fetch(`${at.endpoints}/churn/ping`, {
    headers: target === undefined ? {} : { 'x-millrace-target': target },
  });
  return ((await answer.json()) as { version: string }).version;
}

/** Functions use what they know of an endpoint for a second. */
async function everywhere(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
}

/** Sends customers, and tells later what became of them. */
async function ask(clients: readonly Customer[], prefix: string, told: boolean): Promise<void> {
  const answer = await fetch(`${at.endpoints}/churn/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': prefix },
    body: JSON.stringify({ records: clients.map(({ fields }) => fields) }),
  });
  expect(answer.status).toBe(200);
  if (told)
    await at.objects.putBytes(
      `labels/churn/${prefix}.jsonl`,
      clients.map(({ churn }, row) => JSON.stringify({ request: prefix, row, label: churn })).join('\n'),
    );
}

/** Parts of an hour, so that a run sees no request of the test before. */
const MINUTE = 1 / 60;

/** Why a task was skipped. */
const NOTHING_SERVED = { collect: expect.stringContaining("'churn' serves no version yet") as string };

describe('before anything is served', () => {
  it('monitoring has nothing to watch, and says so', async () => {
    const run = await at.run('model-monitoring');
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: NOTHING_SERVED });
    expect(run.tasks).toMatchObject({
      collect: 'skipped',
      'nothing-is-served': 'success',
      decide: 'skipped',
      'all-is-well': 'skipped',
    });
    expect(at.subjects()).toEqual([]);
  }, 180_000);

  it('retraining has nothing to retrain, and fails without its data; nothing is registered', async () => {
    const run = await at.run('model-retraining');
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: NOTHING_SERVED });
    expect(run.tasks).toMatchObject({ ingest: 'success', collect: 'skipped', promote: 'skipped' });
    const without = await at.run('model-retraining', { source: 'raw/published/nothing.parquet' });
    expect(without.status).toBe('failed');
    expect(without.errors['ingest']).toContain('raw/published/nothing.parquet');
    expect(without.tasks['promote']).not.toBe('success');
    await expect(getVersion('churn', '1')).rejects.toThrow('not found');
  }, 180_000);
});

describe('model-deployment', () => {
  it('starts by itself when churn has a champion, and the endpoint answers with it', async () => {
    expect((await at.run('churn')).status).toBe('success');
    const run = await deployment();
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    expect(run.tasks).toMatchObject({ promote: 'success', 'roll-back': 'skipped', refused: 'skipped' });
    expect(await versionAnswering()).toBe('1');
    const { tags } = await getVersion('churn', '1');
    expect(tags['image_digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(run.outputs['push']).toMatchObject({ pushed: false });
    expect(run.outputs['container']).toMatchObject({
      built: false,
      image: null,
      message: expect.stringMatching(/^Not done here/) as unknown,
    });
    expect(tags['serving_image']).toBeUndefined();
    const { json } = run.outputs['validate'] as unknown as Checked;
    const report = JSON.parse(await at.objects.getText(json.uri)) as Checked;
    expect(report.results.filter(({ passed }) => !passed)).toEqual([]);
    const accuracy = report.results.find(({ criterion }) => criterion === 'metric accuracy');
    // What the evaluation measured when it was trained.
    expect(accuracy?.value).toBeCloseTo(Number(tags['test_accuracy']), 5);
  }, 180_000);

  it('refuses what does not meet the criteria, and tells why; the endpoint stays', async () => {
    const slices = [{ column: 'age_group', metric: 'accuracy', limit: 0.9999 }];
    const run = await deploy({ version: '1', minimumAccuracy: 0.9999, slices });
    expect(run.status).toBe('success');
    const { results } = run.outputs['validate'] as unknown as Checked;
    expect(results.filter(({ passed }) => !passed).map(({ criterion }) => criterion)).toEqual([
      'metric accuracy',
      'slice accuracy by age_group',
    ]);
    expect(run.tasks).toMatchObject({ refused: 'success', build: 'skipped', deploy: 'skipped' });
    expect(at.subjects()).toContain('churn: version 1 is not deployed');
    expect((await getEndpoint('churn')).stable).toBe('1');
  }, 180_000);

  it('runs once for an event that comes three times, and does nothing for the version that is served already', async () => {
    const [model, alias, version] = ['churn', 'champion', '1'];
    const news = { model, alias, version, previous: null, action: 'promote', by: 'test', reason: 'again' };
    const moved = { ...news, id: 'told three times' };
    await Promise.all([tellAliasMoved(moved), tellAliasMoved(moved)]);
    const run = await deployment();
    expect(run.tasks).toMatchObject({ build: 'success', deploy: 'skipped', promote: 'skipped' });
    await tellAliasMoved(moved);
    await at.cloud.idle();
    expect((await listRuns('model-deployment', 20)).map(({ runId }) => runId).sort()).toEqual(
      known.toSorted(),
    );
    expect(await listChanges('churn')).toHaveLength(2);
  }, 180_000);

  it('rolls back what fails its integration test, before it has any traffic', async () => {
    await createVersion({
      ...(await getVersion('churn', '1')),
      by: 'test',
      idempotencyKey: 'the same model again',
    });
    const run = await deploy({ version: '2', maximumLatency: 0.001 });
    expect(run.tasks).toMatchObject({ 'roll-back': 'success', 'rolled-back': 'success', promote: 'skipped' });
    expect(at.subjects()).toContain('churn: version 2 was rolled back');
    expect(await getEndpoint('churn')).toMatchObject({ stable: '1' });
    expect((await getEndpoint('churn')).candidate).toBeUndefined();
    expect(await versionAnswering()).toBe('1');
  }, 180_000);

  it('lets traffic go over, and an event takes it back', async () => {
    const run = await deploy({ version: '2', canarySeconds: 3600, canaryPercent: 50 });
    expect(run.tasks).toMatchObject({ promote: 'success' });
    expect(await versionAnswering('candidate')).toBe('2');
    const ask = (when: string) =>
      Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          fetch(`${at.endpoints}/churn/ping`, { headers: { 'x-request-id': `${when}-${i}` } }).then(
            async (answer) => [answer.status, ((await answer.json()) as { version: string }).version],
          ),
        ),
      );
    await everywhere();
    const shared = await ask('shared');
    // Requests that are under way while traffic comes back.
    const during = ask('during');
    const bus = new EventBridgeClient({});
    await bus.send(
      new PutEventsCommand({
        Entries: [
          {
            EventBusName: 'millrace-dev',
            Source: 'support-desk',
            DetailType: 'Roll Back Endpoint',
            Detail: JSON.stringify({ endpoint: 'churn', version: '2', reason: 'complaints', by: 'desk' }),
          },
        ],
      }),
    );
    bus.destroy();
    const end = Date.now() + 10_000;
    while ((await getEndpoint('churn')).candidate !== undefined && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const [last] = await listChanges('churn');
    expect(last).toMatchObject({ action: 'rollback', from: '2', to: '1', by: 'desk', reason: 'complaints' });
    expect([...shared, ...(await during)].filter(([status]) => status !== 200)).toEqual([]);
    expect(new Set(shared.map(([, version]) => version))).toEqual(new Set(['1', '2']));
    expect((await getEndpoint('churn')).stable).toBe('1');
  }, 180_000);

  it('is rolled back by an alarm when the new version fails, with nobody calling', async () => {
    const { source, tags } = await getVersion('churn', '1');
    const folder = source.replace(/^s3:\/\/[^/]+\//, '');
    for (const { key } of await at.objects.list(folder))
      await at.objects.putBytes(
        key.replace(folder, 'artifacts/0/lost/model/'),
        await at.objects.getBytes(key),
      );
    // Somebody overwrites the file of a version after it was deployed.
    await at.objects.putBytes('artifacts/0/lost/model/model.onnx', 'gone');
    const { version } = await createVersion({
      name: 'churn',
      source: at.objects.uri('artifacts/0/lost/model/'),
      runId: '',
      tags,
      by: 'test',
      idempotencyKey: 'lost',
    });
    const strategy = { kind: 'canary', percent: 50, seconds: 3600 } as const;
    const by = { by: 'test', reason: 'test' };
    await deployVersion({ ...by, endpoint: 'churn', model: 'churn', version, strategy });
    await everywhere();
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        fetch(`${at.endpoints}/churn/ping`, { headers: { 'x-request-id': `lost-${i}` } }).then(
          (answer) => answer.status,
        ),
      ),
    );
    expect(new Set(answers)).toEqual(new Set([200, 500]));
    const end = Date.now() + 20_000;
    while ((await getEndpoint('churn')).candidate !== undefined && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const [last] = await listChanges('churn');
    expect(last).toMatchObject({
      action: 'rollback',
      from: version,
      to: '1',
      by: 'alarm millrace-dev-endpoint-churn-candidate-errors',
    });
    expect(at.subjects()).toContain('ALARM: "millrace-dev-endpoint-churn-candidate-errors"');
    const prometheus = await (await fetch(`${at.cloud.url}/metrics`)).text();
    const failed = answers.filter((status) => status === 500).length;
    expect(prometheus).toContain(
      `millrace_server_errors_total{service="millrace",endpoint="churn",slot="candidate"} ${failed}\n`,
    );
  }, 180_000);

  it('refuses a model that takes other fields than the endpoint', async () => {
    const registered = await getVersion('churn', '1');
    const folder = registered.source.replace(/^s3:\/\/[^/]+\//, '');
    for (const { key } of await at.objects.list(folder))
      await at.objects.putBytes(
        key.replace(folder, 'artifacts/0/other/model/'),
        await at.objects.getBytes(key),
      );
    const mlmodel = await at.objects.getText('artifacts/0/other/model/MLmodel');
    await at.objects.putBytes('artifacts/0/other/model/MLmodel', mlmodel.replaceAll('tariff_plan', 'tariff'));
    const { version } = await createVersion({
      name: 'churn',
      source: at.objects.uri('artifacts/0/other/model/'),
      runId: registered.runId,
      tags: registered.tags,
      by: 'test',
      idempotencyKey: 'other fields',
    });
    const run = await deploy({ version });
    expect(run.tasks).toMatchObject({ refused: 'success', build: 'skipped', deploy: 'skipped' });
    const { results } = run.outputs['validate'] as unknown as Checked;
    expect(results.find(({ criterion }) => criterion === 'signature')).toMatchObject({
      passed: false,
      detail: expect.stringContaining('tariff_plan') as unknown,
    });
    expect(at.subjects()).toContain(`churn: version ${version} is not deployed`);
    expect((await getEndpoint('churn')).stable).toBe('1');
  }, 180_000);
});

describe('model-monitoring', () => {
  const watch = (hours: number, others: JsonObject = {}) =>
    at.run('model-monitoring', { hours, labelHours: hours, ...others });

  it('is content with customers like those that the model knows', async () => {
    await everywhere();
    await ask(sample(rows, 400, 1), 'as-before', true);
    const run = await watch(MINUTE);
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    expect(run.outputs['collect']).toMatchObject({ rows: 400, otherRows: 0, labelledRows: 400 });
    expect(run.tasks).toMatchObject({
      'drift/compare': 'success',
      'decay/accuracy': 'success',
      'all-is-well': 'success',
      retrain: 'skipped',
    });
    // But for the two before anything was served.
    expect(await listRuns('model-retraining', 5)).toHaveLength(2);
  }, 180_000);

  it('has nothing to say of an empty log', async () => {
    const run = await watch(1 / 36_000);
    expect(run.tasks).toMatchObject({
      'drift/compare': 'skipped',
      'decay/accuracy': 'skipped',
      'all-is-well': 'success',
    });
    expect(run.outputs['collect']).toMatchObject({ rows: 0, labelledRows: 0 });
    expect(run.tasks['nothing-is-served']).toBe('skipped');
    const { json } = run.outputs['collect'] as unknown as Pick<Checked, 'json'>;
    expect(await at.objects.getText(json.uri)).toContain("'churn' answered no request with version");
  }, 180_000);

  it('retrains when the labels are others than the model says; the better model comes to the endpoint', async () => {
    const before = (await listRuns('model-retraining', 5)).map(({ runId }) => runId);
    const champion = await getVersionByAlias('churn', 'champion');
    const served = (await getEndpoint('churn')).stable;
    // The same customers as before, who now leave for other reasons.
    const changed = noisy(sample(rows, 400, 3), 0, 3).map((row) => ({
      ...row,
      churn: (row.fields['complains'] ?? 0) > 0 || (row.fields['seconds_of_use'] ?? 0) > 6000 ? 1 : 0,
    }));
    await ask(changed, 'other-reasons', true);
    const run = await watch(MINUTE);
    expect(run.outputs['decay/accuracy']).toMatchObject({ decayed: true });
    expect(run.tasks).toMatchObject({ retrain: 'success' });
    const retraining = await at.nextRun('model-retraining', before);
    expect(retraining.tasks).toMatchObject({ promote: 'success' });
    const after = await getVersionByAlias('churn', 'champion');
    expect(Number(after?.version)).toBeGreaterThan(Number(champion?.version));
    const deployed = await deployment();
    expect(deployed.status).toBe('success');
    expect(deployed.outputs['validate']).toMatchObject({ version: after?.version });
    expect(served).not.toBe(after?.version);
  }, 180_000);

  it('retrains when customers came to be others', async () => {
    const before = (await listRuns('model-retraining', 5)).map(({ runId }) => runId);
    const heavy = sample(rows, 300, 2).map(({ fields, churn }) => ({
      churn,
      fields: { ...fields, seconds_of_use: (fields['seconds_of_use'] ?? 0) * 2 + 3000 },
    }));
    await ask(heavy, 'heavy-users', false);
    // The retraining before is some minutes old: others are to learn from, but not yet.
    const resting = await watch(MINUTE);
    expect(resting.tasks).toMatchObject({
      'drift/compare': 'success',
      retrain: 'skipped',
      'give-it-time': 'success',
      'all-is-well': 'skipped',
    });
    expect(resting.outputs['retrained-lately']).toEqual({ count: 1, latest: before[0] });
    const run = await watch(MINUTE, { rest: 0 });
    expect(run.tasks).toMatchObject({ 'drift/compare': 'success', retrain: 'success', tell: 'success' });
    expect(run.outputs['drift/compare']).toMatchObject({ drifted: true });
    expect(at.subjects()).toContain('churn: retraining was started');
    // One more, which need not have ended.
    const end = Date.now() + 20_000;
    let runs = before;
    while (runs.length === before.length && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      runs = (await listRuns('model-retraining', 5)).map(({ runId }) => runId);
    }
    expect(runs).toHaveLength(before.length + 1);
  }, 180_000);
});

describe('model-retraining', () => {
  it('tells people when it did not help; the champion stays', async () => {
    const before = await getVersionByAlias('churn', 'champion');
    const run = await at.run('model-retraining', { minimumAuc: 1, folds: 2 });
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    expect(run.tasks).toMatchObject({ alert: 'success', promote: 'skipped' });
    expect(at.subjects()).toContain('churn: retraining did not help');
    expect((await getVersionByAlias('churn', 'champion'))?.version).toBe(before?.version);
  }, 180_000);
});

describe('dashboards and alarms', () => {
  const STACKS = ['core', 'churn', 'model-deployment', 'model-monitoring', 'model-retraining'];

  it('show metrics that the runs above have emitted, and none that is always zero', async () => {
    const failing = await deploy({ version: '999' });
    expect(failing.status).toBe('failed');
    // The execution ends a moment after its run, and its alarm rings after that.
    const end = Date.now() + 15_000;
    const rang = () => at.subjects().includes('ALARM: "millrace-dev-model-deployment-failed"');
    while (!rang() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rang()).toBe(true);
    const measured = at.cloud.measured();
    const sums = new Map<string, number>();
    for (const { namespace, name, dimensions, sum } of measured) {
      const key = `${namespace} ${name} ${Object.keys(dimensions).sort().join(',')}`;
      sums.set(key, (sums.get(key) ?? 0) + sum);
    }
    const shown = STACKS.flatMap((stack) => metricsOf(at.assembly, `millrace-dev-${stack}`));
    expect(shown.length).toBeGreaterThan(50);
    const keyOf = ({ namespace, name, dimensions }: ShownMetric) =>
      `${namespace} ${name} ${[...dimensions].sort().join(',')}`;
    const expected = shown.filter((one) => !seenByAlarmsOnly.includes(keyOf(one)));
    expect([...new Set(expected.map(keyOf).filter((key) => !((sums.get(key) ?? 0) > 0)))]).toEqual([]);
    // And of what they show it: values that go together there go together in something that was measured.
    const strange = expected.filter(
      ({ namespace, values }) =>
        !measured.some(
          (series) =>
            series.namespace === namespace &&
            Object.entries(values).every(([name, value]) => series.dimensions[name] === value),
        ),
    );
    expect(strange.map(({ namespace, name, values }) => ({ namespace, name, ...values }))).toEqual([]);
    const valued = shown.filter(({ values }) => Object.keys(values).length > 0);
    expect(valued.length).toBeGreaterThan(30);
  }, 180_000);

  it('query fields of logs that the runs above have written', async () => {
    const queries = STACKS.flatMap((stack) => insightsOf(at.assembly, `millrace-dev-${stack}`));
    expect(queries.map(({ fields }) => fields.length)).toEqual(
      Array.from({ length: STACKS.length - 1 }, () => 5),
    );
    const logs = new CloudWatchLogsClient({});
    const written = async (logGroupName: string) =>
      ((await logs.send(new FilterLogEventsCommand({ logGroupName }))).events ?? []).flatMap(
        ({ message = '' }) =>
          message.startsWith('{') ? [JSON.parse(message) as Record<string, unknown>] : [],
      );
    const told: number[] = [];
    for (const { groups, fields, filter } of queries) {
      expect(groups.length).toBeGreaterThan(3);
      const lines = (await Promise.all(groups.map(written))).flat();
      // Whatever its level, a line of a task has all of them.
      expect(lines.some((line) => fields.every((field) => line[field] !== undefined))).toBe(true);
      const asked = lines.filter((line) =>
        Object.entries(filter).every(([field, value]) => line[field] === value),
      );
      for (const line of asked)
        expect(fields.filter((field) => line[field] === undefined || line[field] === '')).toEqual([]);
      told.push(asked.length);
    }
    logs.destroy();
    // The deployment of a version that there is not has failed above.
    expect(told.some((count) => count > 0)).toBe(true);
  });

  it('in Grafana too, with their labels', async () => {
    const queries = grafanaOf(GRAFANA);
    expect(queries.length).toBeGreaterThan(8);
    const series = seriesOf(await (await fetch(`${at.cloud.url}/metrics`)).text());
    const lacking = queries.filter(
      ({ metric, labels }) =>
        !(series.get(metric) ?? []).some((known) => labels.every((label) => known.includes(label))),
    );
    expect(lacking).toEqual([]);
  });
});
