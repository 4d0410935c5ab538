import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { trackingTable } from '../../lib/aws/tables';
import { createExperiment, getExperimentByName, type Experiment } from '../../lib/tracking/experiments';
import { deleteExperiment, restoreExperiment } from '../../lib/tracking/experiment-changes';
import { findGarbage } from '../../lib/tracking/garbage';
import { logBatch } from '../../lib/tracking/log-batch';
import { createLoggedModel, getLoggedModel } from '../../lib/tracking/logged-models';
import { createVersion } from '../../lib/tracking/model-versions';
import { metricHistory } from '../../lib/tracking/metrics';
import { finishPurges, purgeExperiment, purgeRun } from '../../lib/tracking/purge';
import { deleteRun, restoreRun } from '../../lib/tracking/run-changes';
import { createRun, getRun, runExists } from '../../lib/tracking/runs';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
let store: ObjectStore;
let runs = 0;

beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  store = new ObjectStore(s3Client(), 'millrace-test-data');
});
afterAll(async () => millrace.stop());

const keyOf = (uri: string) => uri.replace('s3://millrace-test-data/', '');

async function runIn({ id }: Experiment): Promise<string> {
  const runId = String(++runs).padStart(32, '0');
  const run = await createRun({ runId, experimentId: id, runName: `run ${runs}`, startTime: runs, tags: {} });
  await logBatch(runId, { metrics: [1, 2].map((step) => ({ key: 'auc', value: step, timestamp: 1, step })) });
  await store.putBytes(`${keyOf(run.artifactUri)}/model.json`, '{}');
  return runId;
}

interface Report {
  readonly objectsRemoved: number;
  readonly items: readonly { readonly what: string; readonly id: string; readonly outcome: string }[];
}

const gc = (...args: string[]) => millrace.json<Report>('gc', ...args);

describe('millrace gc', () => {
  it('removes a deleted run with its metrics and artifacts, and leaves its neighbours', async () => {
    const experiment = await createExperiment('one-run');
    const [gone, stays] = [await runIn(experiment), await runIn(experiment)];
    await deleteRun(gone);
    expect((await gc('--dry-run', '--older-than', '0')).items).toEqual([
      { what: 'run', id: gone, name: 'run 1', outcome: 'would go' },
    ]);
    expect(await runExists(gone)).toBe(true);
    expect((await gc('--older-than', '1')).items).toEqual([]);
    expect(await gc('--older-than', '0')).toMatchObject({
      objectsRemoved: 1,
      items: [{ id: gone, outcome: 'removed' }],
    });
    expect(await runExists(gone)).toBe(false);
    expect(await metricHistory(gone, 'auc')).toEqual([]);
    expect(await store.list(`artifacts/${experiment.id}/`)).toHaveLength(1);
    expect(await metricHistory(stays, 'auc')).toHaveLength(2);
    expect((await gc('--older-than', '0')).items).toEqual([]);
  });

  it('removes a deleted experiment with all that is in it and frees its name', async () => {
    const experiment = await createExperiment('whole');
    const run = await runIn(experiment);
    const model = await createLoggedModel({ experimentId: experiment.id, name: 'm', params: {}, tags: {} });
    await store.putBytes(`${keyOf(model.artifactUri)}/MLmodel`, 'x');
    await deleteExperiment(experiment.id);
    await expect(createExperiment('whole')).rejects.toThrow('already exists');
    expect(await gc('--older-than', '0')).toMatchObject({ objectsRemoved: 2 });
    expect(await runExists(run)).toBe(false);
    await expect(getLoggedModel(model.modelId)).rejects.toThrow('not found');
    expect(await store.list(`artifacts/${experiment.id}/`)).toEqual([]);
    expect(await getExperimentByName('whole')).toBeUndefined();
    expect((await createExperiment('whole')).id).not.toBe(experiment.id);
  });

  it('keeps what a model version was made from, with the experiment around it', async () => {
    const experiment = await createExperiment('held');
    const [held, free] = [await runIn(experiment), await runIn(experiment)];
    const { artifactUri } = await getRun(held);
    await createVersion({
      name: 'held',
      source: `${artifactUri}/model/`,
      runId: held,
      by: 'me',
      idempotencyKey: '1',
    });
    await deleteExperiment(experiment.id);
    const { items } = await gc('--older-than', '0');
    expect(items.map(({ id, outcome }) => [id, outcome]).sort()).toEqual(
      [
        [held, 'kept for held/1'],
        [free, 'removed'],
        [experiment.id, 'kept for held/1'],
      ].sort(),
    );
    expect(await runExists(held)).toBe(true);
    expect(await store.list(`artifacts/${experiment.id}/`)).toHaveLength(1);
  });

  it('fits 80 columns', async () => {
    const experiment = await createExperiment('x'.repeat(120));
    await deleteExperiment(experiment.id);
    const { stdout } = await millrace.run('gc', '--older-than', '0', '--dry-run');
    expect(stdout).toContain('xxx');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect((await millrace.run('gc', '--older-than', 'soon')).code).toBe(2);
  });
});

describe('a purge', () => {
  it('leaves a run that was restored meanwhile', async () => {
    const experiment = await createExperiment('restored-run');
    const run = await runIn(experiment);
    await deleteRun(run);
    const garbage = (await findGarbage(Infinity)).runs.find((item) => item.run.runId === run);
    await restoreRun(run);
    expect(await purgeRun(garbage!)).toBeUndefined();
    expect((await getRun(run)).lifecycleStage).toBe('active');
    expect(await metricHistory(run, 'auc')).toHaveLength(2);
  });

  it('leaves an experiment that was restored meanwhile', async () => {
    const experiment = await createExperiment('restored');
    const run = await runIn(experiment);
    await deleteExperiment(experiment.id);
    const garbage = (await findGarbage(Infinity)).experiments.find((e) => e.experiment.id === experiment.id);
    await restoreExperiment(experiment.id);
    expect(await purgeExperiment(garbage!)).toBeUndefined();
    expect((await getRun(run)).lifecycleStage).toBe('active');
  });

  it('that was cut off is finished by the next', async () => {
    const experiment = await createExperiment('cut-off');
    const run = await runIn(experiment);
    await deleteRun(run);
    const garbage = (await findGarbage(Infinity)).runs.find((item) => item.run.runId === run)!;
    const list = jest.spyOn(ObjectStore.prototype, 'list').mockRejectedValueOnce(new Error('cut off'));
    await expect(purgeRun(garbage)).rejects.toThrow('cut off');
    list.mockRestore();
    expect(await runExists(run)).toBe(false);
    expect(await finishPurges()).toBe(1);
    expect(await store.list(`${keyOf(garbage.run.artifactUri)}/`)).toEqual([]);
    expect(await trackingTable().sortKeys('GC')).toEqual([]);
  });
});
