import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import type { TaskEvent } from '../../lib/model/envelope';
import { closeTracking } from '../../lib/orchestration/close-tracking';
import { metricHistory } from '../../lib/tracking/metrics';
import { getRun, listChildren, runExists } from '../../lib/tracking/runs';
import { openTaskTracking } from '../../lib/tracking/task-tracking';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { taskEvent } from '../support/task-event';

let aws: LocalAws;
let objects: ObjectStore;
beforeAll(async () => {
  aws = await startLocalAws();
  objects = new ObjectStore(s3Client(), 'millrace-test-data');
});
afterAll(async () => aws.stop());

const open = (event: TaskEvent) => openTaskTracking(event, objects);

describe('tracking of a task', () => {
  it('makes the parent run with the first child, and tags both with what the runtime knows', async () => {
    const plain = taskEvent({ task: 'train/forest', runId: 'tagged' });
    const params = { c: 0.3, layers: [1, 2], 'no name?': true };
    const event = { ...plain, run: { ...plain.run, params } };
    const tracking = await open(event);
    expect(await runExists(tracking.parentRunId)).toBe(false);
    const run = await tracking.startRun({ name: 'forest', tags: { algorithm: 'rf' } });
    const parent = await getRun(tracking.parentRunId);
    expect(parent).toMatchObject({
      runName: 'tagged',
      experimentId: tracking.experimentId,
      startTime: Date.parse(event.run.startedAt),
      params: { c: '0.3', layers: '[1,2]' },
    });
    expect(parent.runId).toMatch(/^[0-9a-f]{32}$/);
    expect((await getRun(run.runId)).tags).toEqual({
      algorithm: 'rf',
      'mlflow.parentRunId': parent.runId,
      'mlflow.runName': 'forest',
      'mlflow.source.git.commit': event.run.code.commit,
      'mlflow.source.name': 'pipelines/credit-risk',
      'mlflow.source.type': 'JOB',
      'mlflow.user': 'millrace',
      'millrace.codeHash': 'c0de',
      'millrace.execution': event.execution,
      'millrace.gitDirty': 'false',
      'millrace.logicalDate': event.run.logicalDate,
      'millrace.node': process.version,
      'millrace.run': 'tagged',
      'millrace.task': 'train/forest',
      'millrace.trigger': 'manual',
    });
  });

  it('goes on with the same run in a retry, and its points are not doubled', async () => {
    const event = taskEvent({ task: 'train', runId: 'retried' });
    const ids = [];
    for (const attempt of [0, 1]) {
      const run = await (await open({ ...event, attempt })).startRun({ name: 'model' });
      await run.logParams({ depth: 3, seed: undefined, layers: [1, 2] });
      await run.logMetrics({ auc: 0.8 });
      ids.push(run.runId);
    }
    expect(ids[0]).toBe(ids[1]);
    expect((await getRun(ids[0] ?? '')).params).toEqual({ depth: '3', layers: '[1,2]' });
    expect(await metricHistory(ids[0] ?? '', 'auc')).toHaveLength(1);
  });

  it('gives a rerun in another execution a run of its own under the same parent', async () => {
    const a = await (await open(taskEvent({ runId: 'rerun', execution: 'arn:1' }))).startRun({ name: 'm' });
    const tracking = await open(taskEvent({ runId: 'rerun', execution: 'arn:2' }));
    const b = await tracking.startRun({ name: 'm' });
    expect(a.runId).not.toBe(b.runId);
    const children = await listChildren(await getRun(tracking.parentRunId), Date.now());
    expect(new Set(children.map((run) => run.runId))).toEqual(new Set([a.runId, b.runId]));
  });

  it('is safe when parallel tasks open it for the first time at once', async () => {
    const runs = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (task) =>
        (await open(taskEvent({ task, runId: 'parallel' }))).startRun({ name: task }),
      ),
    );
    expect(new Set(runs.map((run) => run.runId)).size).toBe(4);
    const tracking = await open(taskEvent({ runId: 'parallel' }));
    expect(await listChildren(await getRun(tracking.parentRunId), Date.now())).toHaveLength(4);
  });

  it('writes artifacts under the run, and inputs with hash, version and size', async () => {
    const tracking = await open(taskEvent({ runId: 'artifacts' }));
    const run = await tracking.startRun({ name: 'm' });
    const stored = await run.logArtifact('model/MLmodel', 'flavors: {}', 'text/yaml');
    expect(stored.uri).toBe(
      `s3://millrace-test-data/artifacts/${tracking.experimentId}/${run.runId}/model/MLmodel`,
    );
    expect(await objects.getText(run.artifactKey('model/MLmodel'))).toBe('flavors: {}');
    await run.logInput(
      {
        name: 'applications',
        uri: 's3://b/a.parquet',
        sha256: 'ab'.repeat(32),
        versionId: 'v1',
        rows: 800,
        columns: [{ name: 'age', type: 'integer' }],
      },
      'training',
    );
    expect((await getRun(run.runId)).inputs).toEqual([
      {
        name: 'applications',
        digest: 'ab'.repeat(18),
        sha256: 'ab'.repeat(32),
        uri: 's3://b/a.parquet',
        versionId: 'v1',
        rows: 800,
        columns: [{ name: 'age', type: 'integer' }],
        context: 'training',
      },
    ]);
  });

  it('gives a registered version the datasets of its run as lineage', async () => {
    const tracking = await open(taskEvent({ task: 'register', runId: 'lineage' }));
    const run = await tracking.startRun({ name: 'm' });
    await run.logInput({ name: 'd', uri: 's3://b/d', sha256: 'cd'.repeat(32) }, 'training');
    const version = await tracking.registry.createVersion({
      name: 'lineage-model',
      source: 's3://b/model/',
      runId: run.runId,
      idempotencyKey: 'k',
    });
    expect(version.lineage).toEqual({
      pipeline: 'credit-risk',
      logicalRun: 'lineage',
      task: 'register',
      execution: taskEvent({}).execution,
      commit: 'abc123',
      dirty: false,
      codeHash: 'c0de',
      datasets: [{ name: 'd', uri: 's3://b/d', sha256: 'cd'.repeat(32), context: 'training' }],
    });
    expect((await tracking.registry.listEvents('lineage-model'))[0]?.by).toBe(taskEvent({}).execution);
    await expect(
      tracking.registry.createVersion({ name: 'x', source: 's3://b/', runId: 'no', idempotencyKey: 'k' }),
    ).rejects.toMatchObject({ code: 'RESOURCE_DOES_NOT_EXIST' });
  });

  it('finds the run of another task, and says so when there is none', async () => {
    const tracking = await open(taskEvent({ runId: 'other' }));
    const run = await tracking.startRun({ name: 'm' });
    const same = await tracking.activeRun(run.runId);
    await same.logMetrics({ test_auc: 0.9 }, { step: 2 });
    expect(await metricHistory(run.runId, 'test_auc')).toMatchObject([{ value: 0.9, step: 2 }]);
    await expect(tracking.activeRun('gone')).rejects.toThrow('Run with id=gone not found');
  });

  it('ends the runs that were left open, as failed when the task failed', async () => {
    const tracking = await open(taskEvent({ runId: 'closed' }));
    const done = await tracking.startRun({ name: 'done' });
    const left = await tracking.startRun({ name: 'left' });
    await done.end();
    await tracking.close('FAILED');
    expect((await getRun(done.runId)).status).toBe('FINISHED');
    expect(await getRun(left.runId)).toMatchObject({
      status: 'FAILED',
      endTime: expect.any(Number) as unknown,
    });
  });

  it('puts the runs of the items of a map under one run of the map, which ends as they did', async () => {
    const item = (map: string, index: number) =>
      taskEvent({ task: `${map}/score[${index}]`, runId: 'mapped', execution: `arn:${map}:${index}` });
    // Items of a distributed map are executions of their own, and all at once.
    const good = await Promise.all(
      [0, 1, 2].map(async (index) => {
        const tracking = await open(item('scores', index));
        const run = await tracking.startRun({ name: 'score' });
        await tracking.close('FINISHED');
        return run.runId;
      }),
    );
    const bad = await open(item('trials', 7));
    await bad.startRun({ name: 'score' });
    await bad.close('FAILED');
    const left = await (await open(item('trials', 8))).startRun({ name: 'score' });

    const parent = await getRun(bad.parentRunId);
    const maps = async () => listChildren(await getRun(parent.runId), Date.now());
    expect((await maps()).map(({ runName, tags }) => [runName, tags['millrace.map']]).sort()).toEqual([
      ['scores', 'scores'],
      ['trials', 'trials'],
    ]);
    const scores = (await maps()).find(({ runName }) => runName === 'scores');
    const items = await listChildren(scores ?? parent, Date.now());
    expect(items.map(({ runId }) => runId).sort()).toEqual([...good].sort());
    expect(items.map(({ tags }) => tags['millrace.item']).sort()).toEqual(['0', '1', '2']);

    await closeTracking('mapped', 'failed', new Date(Date.now() + 1000).toISOString());
    const ends = (await maps()).map(({ runName, status }) => [runName, status]).sort();
    expect(ends).toEqual([
      ['scores', 'FINISHED'],
      ['trials', 'FAILED'],
    ]);
    expect([(await getRun(left.runId)).status, (await getRun(parent.runId)).status]).toEqual([
      'FAILED',
      'FAILED',
    ]);
  });
});
