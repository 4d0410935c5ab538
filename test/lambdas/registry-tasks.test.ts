import '../support/quiet-telemetry';
import { handler as promoteModel } from '../../lambdas/promote-model/handler';
import { handler as registerModel } from '../../lambdas/register-model/handler';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import type { Json } from '../../lib/model/json';
import { getVersion, getVersionByAlias, listVersions } from '../../lib/tracking/model-versions';
import { listEvents } from '../../lib/tracking/registry-events';
import { openTaskTracking } from '../../lib/tracking/task-tracking';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const metrics = { rows: 200, auc: 0.8, accuracy: 0.75, precision: 0.6, recall: 0.5, f1: 0.55, logLoss: 0.5 };

/** What a training task leaves behind. */
async function trained(runId: string): Promise<Json & { readonly runId: string }> {
  const tracking = await openTaskTracking(
    taskEvent({ task: 'train', runId }),
    new ObjectStore(s3Client(), 'millrace-test-data'),
  );
  const run = await tracking.startRun({ name: 'random-forest' });
  await run.logInput({ name: 'train', uri: 's3://b/train.parquet', sha256: 'aa'.repeat(32) }, 'training');
  await run.end();
  return {
    name: 'random-forest',
    algorithm: 'random-forest',
    runId: run.runId,
    uri: `s3://millrace-test-data/${run.artifactKey('model')}/`,
    sha256: 'bb'.repeat(32),
    bytes: 1000,
    classes: ['good', 'bad'],
  };
}

async function register(runId: string, name: string) {
  const model = await trained(runId);
  const input = { model, name, metrics };
  const event = taskEvent({ task: 'register', runId, input });
  const { out } = await registerModel(event, lambdaContext());
  return { model, version: (out as { version: string }).version };
}

const promotion = (runId: string, input: { readonly [name: string]: Json }, execution?: string) =>
  promoteModel(
    taskEvent({
      task: 'promote',
      runId,
      ...(execution === undefined ? {} : { execution }),
      input: {
        stage: 'Production',
        alias: 'champion',
        archiveExisting: true,
        reason: 'AUC 0.8 beats 0.7',
        ...input,
      },
    }),
    lambdaContext(),
  );

describe('register-model', () => {
  it('makes a version with metrics as tags and the training data as lineage', async () => {
    const { model, version } = await register('r1', 'registered');
    expect(version).toBe('1');
    expect(await getVersion('registered', '1')).toMatchObject({
      runId: model.runId,
      stage: 'None',
      source: expect.stringMatching(
        /^s3:\/\/millrace-test-data\/artifacts\/\d+\/[0-9a-f]{32}\/model\/$/,
      ) as unknown,
      tags: expect.objectContaining({ algorithm: 'random-forest', test_auc: '0.8' }) as unknown,
      lineage: {
        task: 'register',
        logicalRun: 'r1',
        commit: 'abc123',
        datasets: [{ sha256: 'aa'.repeat(32), context: 'training' }],
      },
    });
  });

  it('killed between its version and its record makes no second version in the retry', async () => {
    const model = await trained('r2');
    const input = { model, name: 'retried', metrics };
    const { out } = await registerModel(taskEvent({ task: 'register', runId: 'r2', input }), lambdaContext());
    // The record of the task is lost: another run id in the table, the same one in the event.
    const { orchestrationTable } = await import('../../lib/aws/tables');
    const { taskKey } = await import('../../lib/orchestration/keys');
    await orchestrationTable().put({
      ...taskKey('r2', 'register'),
      task: 'register',
      status: 'running',
      execution: 'x',
    });
    const event = taskEvent({ task: 'register', runId: 'r2', input, attempt: 1, execution: 'arn:rerun' });
    const again = await registerModel(event, lambdaContext());
    expect(again).toEqual({ status: 'success', out });
    expect(await listVersions('retried')).toHaveLength(1);
  });
});

describe('promote-model', () => {
  it('moves the alias and says which version had it', async () => {
    await register('p1', 'promoted');
    await register('p2', 'promoted');
    const first = await promotion('p1', { name: 'promoted', version: '1', expected: null });
    expect(first.out).toEqual({
      name: 'promoted',
      version: '1',
      stage: 'Production',
      alias: 'champion',
      previous: null,
      reason: 'AUC 0.8 beats 0.7',
      promoted: true,
      gates: [],
    });
    const second = await promotion('p2', { name: 'promoted', version: '2', expected: '1' });
    expect(second.out).toMatchObject({ previous: '1' });
    expect((await getVersionByAlias('promoted', 'champion'))?.version).toBe('2');
    expect((await listEvents('promoted'))[0]).toMatchObject({ by: taskEvent({}).execution });
  });

  it('refuses under the name that machines do not retry when the champion changed', async () => {
    await register('c1', 'contested');
    await promotion('c1', { name: 'contested', version: '1' });
    await register('c2', 'contested');
    await expect(promotion('c2', { name: 'contested', version: '2', expected: null })).rejects.toMatchObject({
      name: 'Millrace.ChampionChanged',
    });
  });

  it('asks the gates that the registration declared; a decision of a person counts', async () => {
    const { model } = await register('g1', 'gated');
    const gates = { gates: [{ kind: 'metric', metric: 'auc', min: 0.75 }, { kind: 'approval' }] };
    await registerModel(
      taskEvent({ task: 'declare', runId: 'g1', input: { model, name: 'gated', metrics, gates } }),
      lambdaContext(),
    );
    await expect(promotion('g1', { name: 'gated', version: '2' })).rejects.toMatchObject({
      message: expect.stringContaining('1 of 2 gates refuse it. approval is 0, asked for is 1') as unknown,
    });
    const no = { approved: false, by: 'ana', comment: 'not yet' };
    const refused = await promotion('g2', { name: 'gated', version: '2', approval: no, onRefusal: 'report' });
    expect(refused.out).toMatchObject({
      promoted: false,
      stage: 'None',
      alias: null,
      gates: [
        { gate: 'metric auc', passed: true, value: 0.8, limit: 'at least 0.75' },
        { gate: 'approval', passed: false, value: 0, limit: 1 },
      ],
    });
    expect(await getVersionByAlias('gated', 'champion')).toBeUndefined();
    const yes = { approved: true, by: 'ana', comment: 'seen' };
    const { out } = await promotion('g3', { name: 'gated', version: '2', approval: yes });
    expect(out).toMatchObject({ promoted: true, gates: [{ passed: true }, { value: 1, passed: true }] });
    expect((await listEvents('gated')).map(({ action, by }) => [action, by]).slice(0, 2)).toEqual([
      ['promote', taskEvent({}).execution],
      ['approve', 'ana'],
    ]);
  });
});
