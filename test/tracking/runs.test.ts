import fc from 'fast-check';
import { ensureExperiment } from '../../lib/tracking/experiments';
import { logInput } from '../../lib/tracking/inputs';
import { logBatch } from '../../lib/tracking/log-batch';
import { logMetrics, metricHistory } from '../../lib/tracking/metrics';
import { logParams } from '../../lib/tracking/params';
import { createRun, endRun, getRun, listChildren, listRuns } from '../../lib/tracking/runs';
import { setTags } from '../../lib/tracking/tags';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let experimentId: string;
let count = 0;
beforeAll(async () => {
  aws = await startLocalAws();
  experimentId = (await ensureExperiment('runs')).id;
});
afterAll(async () => aws.stop());

const START = Date.parse('2026-11-21T06:00:00Z');

async function newRun(
  options: { name?: string; startTime?: number; tags?: Record<string, string> } = {},
): Promise<string> {
  const runId = String(++count).padStart(32, '0');
  await createRun({
    runId,
    experimentId,
    runName: options.name ?? 'run',
    startTime: options.startTime ?? START,
    tags: options.tags ?? {},
  });
  return runId;
}

const point = (key: string, value: number, step = 0, timestamp = START) => ({ key, value, step, timestamp });

describe('a run', () => {
  it('is made with its artifact place, its name as a tag, and nothing logged', async () => {
    const runId = await newRun({ name: 'forest', tags: { a: 'b' } });
    expect(await getRun(runId)).toEqual({
      runId,
      experimentId,
      runName: 'forest',
      status: 'RUNNING',
      startTime: START,
      endTime: undefined,
      artifactUri: `s3://millrace-test-data/artifacts/${experimentId}/${runId}`,
      lifecycleStage: 'active',
      metrics: {},
      params: {},
      tags: { a: 'b', 'mlflow.runName': 'forest' },
      inputs: [],
    });
  });

  it('made again keeps its start and what was logged, and runs again', async () => {
    const runId = await newRun();
    await logParams(runId, { depth: '3' });
    await endRun(runId, 'FAILED', START + 5);
    const again = await createRun({ runId, experimentId, runName: 'run', startTime: START + 99, tags: {} });
    expect(again).toMatchObject({ startTime: START, status: 'RUNNING', params: { depth: '3' } });
    expect((await getRun(runId)).endTime).toBeUndefined();
  });

  it('made by many at once is one run', async () => {
    const runId = 'f'.repeat(32);
    const make = (startTime: number) =>
      createRun({ runId, experimentId, runName: 'race', startTime, tags: {} });
    const made = await Promise.all([1, 2, 3, 4].map((i) => make(START + i)));
    expect(new Set(made.map((run) => run.startTime)).size).toBe(1);
    const listed = (await listRuns(experimentId)).filter((run) => run.runId === runId);
    expect(listed).toHaveLength(1);
  });

  it('that is unknown is named in the refusal', async () => {
    await expect(getRun('0'.repeat(31))).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
      message: `Run with id=${'0'.repeat(31)} not found`,
    });
    await expect(logMetrics('nope', [point('a', 1)])).rejects.toMatchObject({
      code: 'RESOURCE_DOES_NOT_EXIST',
    });
  });

  it('is listed newest first, and under its parent', async () => {
    const parentId = await newRun({ name: 'parent', startTime: START + 1000 });
    const tags = { 'mlflow.parentRunId': parentId };
    const first = await newRun({ name: 'first', startTime: START + 1001, tags });
    const second = await newRun({ name: 'second', startTime: START + 1002, tags });
    await newRun({ name: 'stranger', startTime: START + 1002 });
    const parent = await getRun(parentId);
    const children = await listChildren(parent, START + 2000);
    expect(children.map((run) => run.runId)).toEqual([second, first]);
    const starts = (await listRuns(experimentId)).map((run) => run.startTime);
    expect(starts).toEqual([...starts].sort((a, b) => b - a));
  });
});

describe('params', () => {
  it('may be logged again with the same value, not with another', async () => {
    const runId = await newRun();
    await logParams(runId, { depth: '3', seed: '42' });
    await logParams(runId, { depth: '3' });
    await expect(logParams(runId, { fresh: '1', depth: '4' })).rejects.toMatchObject({
      name: 'Millrace.TrackingRefused',
      message: `Changing param values is not allowed. Param with key='depth' was already logged with value='3' for run ID='${runId}'. Attempted logging new value '4'.`,
    });
    expect((await getRun(runId)).params).toEqual({ depth: '3', seed: '42' });
  });

  it('of which many are logged at once are all there', async () => {
    const runId = await newRun();
    const params = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`p${i}`, String(i)]));
    await logParams(runId, params);
    expect((await getRun(runId)).params).toEqual(params);
  });

  it('are cut at 6000 characters, as MLflow does', async () => {
    const runId = await newRun();
    await logParams(runId, { long: 'x'.repeat(7000) });
    await logParams(runId, { long: 'x'.repeat(7000) });
    expect((await getRun(runId)).params['long']).toHaveLength(6000);
  });

  it.each(['', 'a;b', '../x', '/x', 'a//b', 'x'.repeat(251)])('refuse the key %j', async (key) => {
    const runId = await newRun();
    await expect(logParams(runId, { [key]: '1' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
    });
  });
});

describe('metrics', () => {
  it('keep every double, the largest and those that are no numbers included', async () => {
    const runId = await newRun();
    const values = {
      nan: NaN,
      up: Infinity,
      down: -Infinity,
      max: Number.MAX_VALUE,
      tiny: 5e-324,
      neg: -0.5,
    };
    await logMetrics(
      runId,
      Object.entries(values).map(([key, value]) => point(key, value)),
    );
    expect((await getRun(runId)).metrics).toEqual(values);
    expect(await metricHistory(runId, 'max')).toEqual([point('max', Number.MAX_VALUE)]);
  });

  it('show the latest by step, then time, then value, in whatever order they arrive', async () => {
    const points = fc.record({
      step: fc.integer({ min: -2, max: 2 }),
      timestamp: fc.integer({ min: 0, max: 2 }),
      value: fc.integer({ min: -2, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(points, { minLength: 1, maxLength: 6 }), async (logged) => {
        const runId = await newRun();
        for (const each of logged) await logMetrics(runId, [{ key: 'loss', ...each }]);
        const latest = [...logged].sort(
          (a, b) => b.step - a.step || b.timestamp - a.timestamp || b.value - a.value,
        )[0];
        expect((await getRun(runId)).metrics['loss']).toBe(latest?.value);
      }),
      { numRuns: 25 },
    );
  });

  it('have a history by time, step and value, in which the same point is there once', async () => {
    const runId = await newRun();
    const points = [point('loss', 3, 0, 30), point('loss', 2, 1, 20), point('loss', 1, -1, 20)];
    await logMetrics(runId, [...points, ...points]);
    await logMetrics(runId, points);
    expect(await metricHistory(runId, 'loss')).toEqual([points[2], points[1], points[0]]);
    expect(await metricHistory(runId, 'unknown')).toEqual([]);
  });

  it('logged by several tasks at once are all there', async () => {
    const runId = await newRun();
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => logMetrics(runId, [point(`m${i}`, i), point('shared', i, i)])),
    );
    const { metrics } = await getRun(runId);
    expect(Object.keys(metrics)).toHaveLength(13);
    expect(metrics['shared']).toBe(11);
  });

  it('refuse what is no number, no time or no step, before anything is written', async () => {
    const runId = await newRun();
    await expect(logMetrics(runId, [point('ok', 1), point('bad', 1, 0.5)])).rejects.toThrow(
      "Metric 'bad' cannot be logged: its step 0.5 is not an integer.",
    );
    await expect(logMetrics(runId, [{ ...point('bad', 1), value: '1' as never }])).rejects.toThrow(
      'its value "1" is not a number',
    );
    await expect(logMetrics(runId, [point('bad', 1, 0, -1)])).rejects.toThrow('timestamp -1');
    expect(await metricHistory(runId, 'ok')).toEqual([]);
  });
});

describe('a batch', () => {
  it('writes everything, or nothing when a param is refused', async () => {
    const runId = await newRun();
    await logBatch(runId, { params: { a: '1' }, metrics: [point('m', 1)], tags: { t: 'x' } });
    await expect(
      logBatch(runId, { params: { a: '2' }, metrics: [point('m', 2, 1)], tags: { t: 'y' } }),
    ).rejects.toMatchObject({ name: 'Millrace.TrackingRefused' });
    expect(await getRun(runId)).toMatchObject({
      params: { a: '1' },
      metrics: { m: 1 },
      tags: expect.objectContaining({ t: 'x' }) as unknown,
    });
    expect(await metricHistory(runId, 'm')).toHaveLength(1);
  });

  it('of a thousand points is one', async () => {
    const runId = await newRun();
    await logBatch(runId, { metrics: Array.from({ length: 1000 }, (_, i) => point('loss', 1 / (i + 1), i)) });
    expect(await metricHistory(runId, 'loss')).toHaveLength(1000);
    expect((await getRun(runId)).metrics['loss']).toBe(0.001);
  });
});

it('a tag mlflow.runName renames the run', async () => {
  const runId = await newRun({ name: 'old' });
  await setTags(runId, { 'mlflow.runName': 'new' });
  expect((await getRun(runId)).runName).toBe('new');
});

it('a dataset that is logged twice in one role is one input', async () => {
  const runId = await newRun();
  const input = {
    name: 'applications',
    digest: 'ab'.repeat(18),
    sha256: 'ab'.repeat(32),
    uri: 's3://millrace-test-data/datasets/a.parquet',
    context: 'training',
    rows: 800,
  };
  await logInput(runId, input);
  await logInput(runId, input);
  await logInput(runId, { ...input, context: 'test' });
  expect((await getRun(runId)).inputs).toEqual([input, { ...input, context: 'test' }]);
});
