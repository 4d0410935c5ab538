import '../support/quiet-telemetry';
import { z } from 'zod';
import { NotReady, Skipped } from '../../lib/model/errors';
import { readTaskRecord } from '../../lib/orchestration/task-record';
import { taskHandler } from '../../lib/runtime/task-handler';
import { contract } from '../../lib/tasks/contract';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

const fetchFile = contract({
  name: 'fetch-file',
  summary: 'For tests.',
  input: z.object({}),
  output: z.object({ key: z.string() }),
  skips: true,
});

let aws: LocalAws;
let count = 0;
let runId: string;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
beforeEach(() => {
  runId = `run-${++count}`;
});

const event = (attempt: number, poke?: { last: boolean; softFail: boolean }) => ({
  ...taskEvent({ runId, attempt, returns: { key: 'any' } }),
  ...(poke === undefined ? {} : { poke }),
});
const record = () => readTaskRecord(runId, 'train');

describe('a task that skips itself', () => {
  const skipping = async (): Promise<{ key: string }> => {
    throw new Skipped('nothing new');
  };

  it('ends as skipped, with the reason in its record, and runs again in a rerun', async () => {
    const run = jest.fn(skipping);
    const handler = taskHandler(fetchFile, run);
    expect(await handler(event(0), lambdaContext())).toEqual({ status: 'skipped', out: { key: null } });
    expect(await record()).toMatchObject({
      status: 'skipped',
      error: { name: 'Millrace.Skipped', message: 'nothing new' },
    });
    await handler({ ...event(0), execution: 'another' }, lambdaContext());
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('fails when its contract does not say that it may', async () => {
    const handler = taskHandler({ ...fetchFile, skips: false }, skipping);
    await expect(handler(event(0), lambdaContext())).rejects.toMatchObject({ name: 'Millrace.Skipped' });
    expect(await record()).toMatchObject({ status: 'failed' });
  });
});

describe('a sensor', () => {
  const handler = taskHandler(fetchFile, async (_input, { attempt }) => {
    if (attempt < 2) throw new NotReady(`no file, asked ${attempt}`);
    return { key: 'raw/x' };
  });

  it('stays under way until it is ready', async () => {
    const poke = { last: false, softFail: false };
    for (const attempt of [0, 1]) {
      await expect(handler(event(attempt, poke), lambdaContext())).rejects.toMatchObject({
        name: 'Millrace.NotReady',
      });
      expect(await record()).toMatchObject({
        status: 'running',
        error: { message: `no file, asked ${attempt}` },
      });
    }
    expect(await handler(event(2, poke), lambdaContext())).toMatchObject({ status: 'success' });
    expect(await record()).toMatchObject({ status: 'success', attempt: 3 });
  });

  it('fails when it is asked for the last time', async () => {
    await expect(handler(event(1, { last: true, softFail: false }), lambdaContext())).rejects.toMatchObject({
      message: expect.stringContaining(
        'asked 2 times, then the time was up. At last: no file, asked 1',
      ) as unknown,
    });
    expect(await record()).toMatchObject({ status: 'failed' });
  });

  it('ends as skipped instead when it fails softly', async () => {
    expect(await handler(event(1, { last: true, softFail: true }), lambdaContext())).toMatchObject({
      status: 'skipped',
    });
    expect(await record()).toMatchObject({ status: 'skipped', error: { name: 'Millrace.SensorTimedOut' } });
  });
});
