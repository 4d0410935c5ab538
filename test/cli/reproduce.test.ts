import { createHash } from 'node:crypto';
import { goneInputs } from '../../lib/cli/gone-inputs';
import { hashWithout } from '../../lib/cli/reproduce-run';
import { ObjectNotFound } from '../../lib/aws/object-errors';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { ensureExperiment } from '../../lib/tracking/experiments';
import { createVersion } from '../../lib/tracking/model-versions';
import { readRecipes, recordRecipe } from '../../lib/tracking/recipes';
import { createRun } from '../../lib/tracking/runs';
import { openTaskTracking } from '../../lib/tracking/task-tracking';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';
import { taskEvent } from '../support/task-event';

let millrace: TrackingEndpoint;
beforeAll(async () => {
  millrace = await startTrackingEndpoint();
});
afterAll(async () => millrace.stop());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const store = () => new ObjectStore(s3Client(), 'millrace-test-data');

describe('what a run was made with', () => {
  it('is written down when its task starts it, and by each task that logs to it', async () => {
    const train = taskEvent({ task: 'train/forest', runId: 'recipes', input: { seed: 42, limit: '1e400' } });
    const run = await (await openTaskTracking(train, store())).startRun({ name: 'forest' });
    const evaluate = taskEvent({ task: 'evaluate', runId: 'recipes', input: { models: [] } });
    await (await openTaskTracking(evaluate, store())).activeRun(run.runId);
    expect(await readRecipes(run.runId)).toMatchObject([
      {
        made: true,
        task: 'train/forest',
        name: 'forest',
        input: train.input,
        run: train.run,
        codeHash: 'c0de',
      },
      { made: false, task: 'evaluate', name: 'forest', input: { models: [] } },
    ]);
  });

  it('is not written down for a run that makes another one again, which becomes its child', async () => {
    const made = taskEvent({ task: 'train', runId: 'again', input: { seed: 1 } });
    const first = await (await openTaskTracking(made, store())).startRun({ name: 'm' });
    const second = { ...made, task: 'reproduce-1/train', execution: 'reproduce', reproduces: first.runId };
    const again = await (await openTaskTracking(second, store())).startRun({ name: 'm' });
    expect(await readRecipes(again.runId)).toEqual([]);
    const { readRunDocument } = await import('../../lib/tracking/run-document');
    expect((await readRunDocument(again.runId)).t).toMatchObject({
      'millrace.reproduces': first.runId,
      'mlflow.parentRunId': first.runId,
      'millrace.node': process.version,
    });
  });
});

describe('millrace reproduce', () => {
  const run = async (runId: string, tags: Record<string, string> = {}) => {
    const { id } = await ensureExperiment('reproduced');
    return createRun({ runId, experimentId: id, runName: runId, startTime: 1, tags });
  };

  it('refuses what no task made, or whose task wrote nothing down', async () => {
    await run('logged', { 'mlflow.source.git.commit': 'abc' });
    expect(await millrace.run('reproduce', 'logged')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is no task to run again') as unknown,
    });
    await run('early', {
      'millrace.task': 'train',
      'millrace.run': 'r--1',
      'mlflow.source.git.commit': 'abc',
    });
    const { code, stderr } = await millrace.run('reproduce', 'early');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/not written down[\s\S]*commit abc[\s\S]*millrace show r--1/) as unknown,
    ]);
  });

  it('names each input that is gone or holds something else, and runs nothing', async () => {
    const { uri } = await store().putBytes('datasets/a.parquet', 'then');
    await store().putBytes('datasets/a.parquet', 'now');
    await run('spoilt', { 'millrace.task': 'train' });
    const gone = { uri: 's3://millrace-test-data/datasets/b.parquet', sha256: sha256('b') };
    await recordRecipe('spoilt', {
      made: true,
      task: 'train',
      name: 'spoilt',
      input: { train: { dataset: { uri, sha256: sha256('then') } }, test: gone },
      run: {},
      function: 'millrace-test-none',
      codeHash: 'c0de',
      memoryMb: 128,
      node: 'v20',
    });
    await createVersion({
      name: 'spoilt',
      source: 's3://b/',
      runId: 'spoilt',
      by: 'task',
      idempotencyKey: 'k',
    });
    const { code, stderr } = await millrace.run('reproduce', 'spoilt/1');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('datasets/a.parquet holds something else now') as unknown,
    ]);
    expect(stderr).toContain('s3://millrace-test-data/datasets/b.parquet is gone');
  });

  it.each([
    [['spoilt@champion'], "No version of spoilt has the alias 'champion'"],
    [['nothing-here'], "There is no tracked run 'nothing-here'"],
    [['spoilt/1', '--tolerance', 'much'], "'much' is no tolerance"],
  ])('refuses %j as wrong usage', async (args, message) => {
    const { code, stderr } = await millrace.run('reproduce', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message) as unknown]);
  });
});

it('looks for inputs at any depth, once each, and not for folders', async () => {
  const asked: string[] = [];
  const objects = {
    getBytes: async (uri: string) => {
      asked.push(uri);
      if (uri.endsWith('gone')) throw new ObjectNotFound('b', 'gone');
      return Buffer.from('x');
    },
  };
  const there = { uri: 's3://b/there', sha256: sha256('x') };
  const marker = { $offloaded: { bucket: 'b', key: 'gone', sha256: sha256('y'), bytes: 1, path: '' } };
  const folder = { uri: 's3://b/model/', sha256: sha256('z') };
  expect(await goneInputs([{ a: [there, { b: there }], marker, folder }], objects)).toEqual([
    's3://b/gone is gone',
  ]);
  expect(asked.sort()).toEqual(['s3://b/gone', 's3://b/there']);
});

it('compares files without the ids that every run has of its own', () => {
  const file = (run: string, uuid: string, rest: string) =>
    hashWithout(Buffer.from(`run_id: ${run}\nmodel_uuid: ${uuid}\n${rest}`), run);
  const [one, two] = ['a'.repeat(32), 'b'.repeat(32)];
  expect(file('r1', one, 'x')).toBe(file('r2', two, 'x'));
  expect(file('r1', one, 'x')).not.toBe(file('r1', one, 'y'));
});
