import '../support/quiet-telemetry';
import { handler as countRuns } from '../../lambdas/count-runs/handler';
import { handler as objectSensor } from '../../lambdas/object-sensor/handler';
import { handler as pipelineSensor } from '../../lambdas/pipeline-sensor/handler';
import { handler as timeSensor } from '../../lambdas/time-sensor/handler';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { orchestrationTable } from '../../lib/aws/tables';
import type { Json } from '../../lib/model/json';
import { listingKey } from '../../lib/orchestration/keys';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

let aws: LocalAws;
let count = 0;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const poke = (input: Json, attempt = 0, runId = `run-${++count}`) => ({
  ...taskEvent({ task: 'sensor', runId, input, attempt }),
  poke: { last: false, softFail: false },
});

describe('the object sensor', () => {
  it('is ready when the object is there', async () => {
    const ask = (attempt: number) =>
      objectSensor(poke({ key: 'raw/new.csv' }, attempt, 'object'), lambdaContext());
    await expect(ask(0)).rejects.toMatchObject({
      name: 'Millrace.NotReady',
      message: 'There is no s3://millrace-test-data/raw/new.csv yet.',
    });
    await new ObjectStore(s3Client(), 'millrace-test-data').putBytes('raw/new.csv', 'a,b\n');
    expect(await ask(1)).toMatchObject({
      status: 'success',
      out: { key: 'raw/new.csv', uri: 's3://millrace-test-data/raw/new.csv', bytes: 4 },
    });
  });
});

describe('the pipeline sensor', () => {
  const record = (runId: string, status: string, logicalDate: string, startedAt: string) =>
    orchestrationTable().put({
      ...listingKey('sales', startedAt, runId),
      runId,
      pipeline: 'sales',
      status,
      logicalDate,
      startedAt,
      endedAt: startedAt,
    });
  const ask = (date: string, failOnFailure = false) =>
    pipelineSensor(poke({ pipeline: 'sales', date, failOnFailure }), lambdaContext());

  it('is ready when a run for the date has succeeded', async () => {
    await expect(ask('2026-11-20')).rejects.toMatchObject({
      name: 'Millrace.NotReady',
      message: 'sales has no run for 2026-11-20 yet.',
    });
    await record('other-day', 'success', '2026-11-19T00:00:00.000Z', '2026-11-20T00:00:05.000Z');
    await record('first', 'failed', '2026-11-20T00:00:00.000Z', '2026-11-21T00:00:05.000Z');
    await expect(ask('2026-11-20')).rejects.toMatchObject({
      message: 'The run first of sales for 2026-11-20 is failed.',
    });
    await expect(ask('2026-11-20', true)).rejects.toMatchObject({ name: 'Millrace.DoNotRetry' });
    await record('second', 'success', '2026-11-20T00:00:00.000Z', '2026-11-21T03:00:00.000Z');
    for (const date of ['2026-11-20', '2026-11-20T00:00:00Z'])
      expect(await ask(date)).toMatchObject({ status: 'success', out: { runId: 'second' } });
    await expect(ask('2026-11-20T06:00:00Z')).rejects.toMatchObject({ name: 'Millrace.NotReady' });
  });
});

describe('the time sensor', () => {
  afterEach(() => jest.useRealTimers());

  it('is ready at a time of the day on which the run was started', async () => {
    // The run of the tests starts at 06:00 UTC, which is 07:00 in Berlin in winter.
    const ask = (now: string, input: Json) => {
      jest.useFakeTimers({
        now: new Date(now),
        doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout'],
      });
      return timeSensor(poke(input), lambdaContext());
    };
    const berlin = { time: '08:00', timeZone: 'Europe/Berlin' };
    await expect(ask('2026-11-21T06:59:00Z', berlin)).rejects.toMatchObject({
      message: 'It is 2026-11-21 07:59 in Europe/Berlin, not 2026-11-21 08:00 yet.',
    });
    expect(await ask('2026-11-21T07:00:00Z', berlin)).toMatchObject({ status: 'success' });
    expect(await ask('2026-11-22T00:30:00Z', berlin)).toMatchObject({ status: 'success' });
    await expect(ask('2026-11-21T07:00:00Z', { time: '08:00' })).rejects.toMatchObject({
      name: 'Millrace.NotReady',
    });
  });
});

describe('the count of runs', () => {
  it('has those that began before this run, and not earlier than so many hours', async () => {
    // The run that asks began at 2026-11-21T06:00:00Z.
    const started = {
      early: '20T05:59:59.999',
      first: '20T06:00:00.001',
      second: '21T05:59:59',
      later: '21T06:00:01',
    };
    for (const [runId, at] of Object.entries(started)) {
      const startedAt = new Date(`2026-11-${at}Z`).toISOString();
      const trigger = runId === 'first' ? 'pipeline' : 'schedule';
      await orchestrationTable().put({ ...listingKey('sums', startedAt, runId), runId, trigger, startedAt });
    }
    const ask = async (input: { readonly [name: string]: Json }) =>
      (
        await countRuns(
          taskEvent({ task: 'count', runId: `run-${++count}`, input: { pipeline: 'sums', ...input } }),
          lambdaContext(),
        )
      ).out;
    expect(await ask({ hours: 24 })).toEqual({ count: 2, latest: 'second' });
    expect(await ask({ hours: 25 })).toEqual({ count: 3, latest: 'second' });
    expect(await ask({ hours: 24, startedBy: 'pipeline' })).toEqual({ count: 1, latest: 'first' });
    expect(await ask({ hours: 0 })).toEqual({ count: 0, latest: '' });
  });
});
