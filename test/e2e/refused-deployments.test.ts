/**
 * What cannot be deployed, through model-deployment: clear answers, nothing half-deployed. And what monitoring and retraining
 * cannot use: labels that come late, are none or of one kind only, and a baseline that is gone.
 */
import type { JsonObject } from '../../lib/model/json';
import { readRun } from '../../lib/orchestration/read-run';
import { rollbackEndpoint } from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges } from '../../lib/serving/endpoint';
import { createVersion, getVersion } from '../../lib/tracking/model-versions';
import { promote } from '../../lib/tracking/promotion';
import { getRun } from '../../lib/tracking/runs';
import { deleteVersion } from '../../lib/tracking/version-changes';
import { afterWrite } from '../support/after-write';
import { customers, sample } from '../support/customers';
import { startPipelinesCloud, type EndedRun, type PipelinesCloud } from '../support/pipelines-cloud';

const by = { by: 'test', reason: 'test' };
let at: PipelinesCloud;

beforeAll(async () => {
  at = await startPipelinesCloud();
  await at.upload('telecom_churn.csv');
  expect((await at.run('churn')).status).toBe('success');
  expect((await at.nextRun('model-deployment', [])).status).toBe('success');
}, 180_000);
afterAll(async () => at.stop());

/** One more version, of the same file. */
async function another(source?: string): Promise<string> {
  const first = await getVersion('churn', '1');
  const { version } = await createVersion({
    ...first,
    ...(source === undefined ? {} : { source, storage: undefined }),
    by: 'test',
    idempotencyKey: `another ${Math.random()}`,
  });
  return version;
}

const deploy = (params: JsonObject): Promise<EndedRun> =>
  at.run('model-deployment', { model: 'churn', ...params });

/** Nothing at the endpoint is other than after the first deployment, and no image was made of the version. */
async function untouched(version?: string): Promise<void> {
  expect(await getEndpoint('churn')).toMatchObject({ stable: '1', previous: [] });
  expect((await getEndpoint('churn')).candidate).toBeUndefined();
  const answer = await fetch(`${at.endpoints}/churn/ping`);
  expect([answer.status, ((await answer.json()) as JsonObject)['version']]).toEqual([200, '1']);
  if (version !== undefined)
    expect(await at.objects.list(`images/model-deployment/churn/${version}/`)).toEqual([]);
}

describe('model-deployment', () => {
  it('refuses an archived version, and tells people', async () => {
    const version = await another();
    await promote({ ...by, name: 'churn', version, stage: 'Archived', archiveExisting: false });
    const run = await deploy({ version });
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    expect(run.tasks).toMatchObject({ refused: 'success', build: 'skipped', deploy: 'skipped' });
    expect(run.outputs['validate']).toMatchObject({
      reason: expect.stringContaining('stage is Archived, asked for is not Archived') as unknown,
    });
    expect(at.subjects()).toContain(`churn: version ${version} is not deployed`);
    await untouched(version);
  }, 60_000);

  it('fails for a version that was deleted, and for a file that is not what was registered', async () => {
    const deleted = await another();
    await deleteVersion('churn', deleted, 'test');
    const folder = 'artifacts/0/damaged/model/';
    const { source } = await getVersion('churn', '1');
    const from = source.replace(/^s3:\/\/[^/]+\//, '');
    for (const { key } of await at.objects.list(from))
      await at.objects.putBytes(key.replace(from, folder), await at.objects.getBytes(key));
    await at.objects.putBytes(`${folder}model.onnx`, 'of somebody else');
    const damaged = await another(at.objects.uri(folder));
    for (const [version, why] of [
      [deleted, `version=${deleted}) not found`],
      [damaged, 'has the checksum'],
    ] as const) {
      const run = await deploy({ version });
      expect([run.status, run.tasks['build'], run.tasks['take-away']]).toEqual([
        'failed',
        'upstream_failed',
        'skipped',
      ]);
      expect(run.errors['validate']).toContain(why);
      await untouched(version);
    }
  }, 60_000);

  it('takes away what cannot be tested, here because it was deleted meanwhile; the run has failed', async () => {
    const version = await another();
    const meanwhile = afterWrite(['ENDPOINT#churn', 'DONE#', `"to":{"S":"${version}"}`], () =>
      deleteVersion('churn', version, 'test'),
    );
    const run = await deploy({ version });
    meanwhile.end();
    expect(meanwhile.done()).toBe(true);
    expect(run.status).toBe('failed');
    expect(run.tasks).toMatchObject({
      deploy: 'success',
      'integration-test': 'failed',
      'take-away': 'success',
      promote: 'upstream_failed',
    });
    expect(run.errors['integration-test']).toContain('not found');
    expect((await listChanges('churn')).slice(0, 2)).toMatchObject([
      { action: 'rollback', from: version, to: '1', reason: `${run.runId}: the version could not be tested` },
      { action: 'deploy', from: '1', to: version },
    ]);
    await untouched();
  }, 60_000);

  it('lets the second of two wait, and refuses it while traffic still goes over to the first', async () => {
    const versions = [await another(), await another()];
    const launched = await Promise.all(
      versions.map((version) =>
        at.launch('model-deployment', { model: 'churn', version, canarySeconds: 3600 }),
      ),
    );
    const runs = await Promise.all(launched.map((runId) => at.ended(runId)));
    expect(runs.map(({ status }) => status).sort()).toEqual(['failed', 'success']);
    const [first, second] = [...runs].sort((a) => (a.status === 'success' ? -1 : 1)) as [EndedRun, EndedRun];
    const [before, after] = await Promise.all([first, second].map(({ runId }) => readRun(runId)));
    expect((before?.record.endedAt ?? '') <= (after?.record.startedAt ?? '')).toBe(true);
    const taken = (first.outputs['validate'] as JsonObject)['version'];
    expect(second.errors['deploy']).toContain(`Version ${String(taken)} is being deployed to 'churn' until`);
    // What the first has brought is not the second's to take away.
    expect(second.tasks).toMatchObject({ 'integration-test': 'upstream_failed', 'take-away': 'skipped' });
    expect((await getEndpoint('churn')).candidate).toMatchObject({ version: taken });
    const of = String((second.outputs['validate'] as JsonObject)['version']);
    expect((await listChanges('churn')).filter(({ from, to }) => from === of || to === of)).toEqual([]);
    await rollbackEndpoint({ ...by, endpoint: 'churn' });
    await untouched();
  }, 60_000);
});

describe('model-monitoring', () => {
  const rows = customers();
  const watch = () => at.run('model-monitoring', { hours: 1, labelHours: 1, alpha: 1e-9 });
  /** Asks about customers; returns the labels that tell what became of them. */
  const ask = async (request: string, count: number) => {
    const clients = sample(rows, count, 7);
    const answer = await fetch(`${at.endpoints}/churn/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': request },
      body: JSON.stringify({ records: clients.map(({ fields }) => fields) }),
    });
    expect(answer.status).toBe(200);
    return clients.map((client, row) => JSON.stringify({ request, row, label: client.churn }));
  };
  const put = (name: string, lines: string) => at.objects.putBytes(`labels/churn/${name}.jsonl`, lines);
  const succeeds = async () => {
    const run = await watch();
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    return run;
  };

  it('says nothing of decay while there are no labels, fails when those of one kind come first, and counts all', async () => {
    const labels = await ask('late', 150);
    const before = await succeeds();
    expect(before.outputs['collect']).toMatchObject({ rows: 150, labelledRows: 0 });
    expect(before.tasks).toMatchObject({ 'decay/accuracy': 'skipped', 'all-is-well': 'success' });
    // Who has left is known later than who has stayed.
    await put('late', labels.filter((line) => line.includes('"label":0')).join('\n'));
    const half = await watch();
    expect(half.status).toBe('failed');
    expect(half.errors['decay/precision']).toContain(
      "are of one class: that says nothing of the metric 'precision'",
    );
    expect(half.tasks).toMatchObject({ 'decay/accuracy': 'success', retrain: 'upstream_failed' });
    await put('late', labels.join('\n'));
    const after = await succeeds();
    expect(after.outputs['collect']).toMatchObject({ rows: 150, labelledRows: 150 });
    expect(after.tasks).toMatchObject({ 'decay/precision': 'success', 'all-is-well': 'success' });
    expect(after.outputs['decay/accuracy']).toMatchObject({ decayed: false, rows: 150 });
  }, 60_000);

  it('fails for a line that is no label and says which, as retraining does', async () => {
    await put('broken', '{"request": "late", "row": 1, "label": 1}\n{"request": "late", "label": [1]}');
    const [watched, retrained] = await Promise.all([watch(), at.run('model-retraining')]);
    for (const run of [watched, retrained]) {
      expect(run.status).toBe('failed');
      expect(run.errors['collect']).toContain('Line 2 of labels/churn/broken.jsonl is no label');
    }
    expect(watched.tasks['decide']).toBe('upstream_failed');
    expect(retrained.tasks['promote']).toBe('upstream_failed');
    await put('broken', '');
  }, 60_000);

  it('fails when the rows that the model was trained on are gone, and changes nothing', async () => {
    const { runId } = await getVersion('churn', '1');
    const uri = (await getRun(runId)).inputs?.find(({ context }) => context === 'train')?.uri ?? '';
    await at.objects.delete(uri.replace(/^s3:\/\/[^/]+\//, ''));
    const run = await watch();
    expect(run.status).toBe('failed');
    expect(run.errors['collect']).toContain('Version 1 of churn has no training rows');
    expect(run.errors['collect']).toContain('the object is gone');
    expect(run.tasks).toMatchObject({ decide: 'upstream_failed', retrain: 'upstream_failed' });
    await untouched();
  }, 60_000);
});
