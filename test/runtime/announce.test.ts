import '../support/quiet-telemetry';
import { z } from 'zod';
import { eventBridgeClient } from '../../lib/aws/clients/event-bridge';
import type { Json } from '../../lib/model/json';
import { taskHandler } from '../../lib/runtime/task-handler';
import { contract } from '../../lib/tasks/contract';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

const train = contract({
  name: 'train',
  summary: 'For tests.',
  input: z.object({}),
  output: z.object({ n: z.number() }),
});
const good = taskHandler(train, async () => ({ n: 1 }));
const bad = taskHandler(train, async () => Promise.reject(new RangeError('too far')));

function bus(answer: () => Promise<unknown> = async () => ({})) {
  const told: [string | undefined, Record<string, unknown>][] = [];
  jest.spyOn(eventBridgeClient(), 'send').mockImplementation((async ({
    input,
  }: {
    input: { Entries: { DetailType?: string; Detail?: string }[] };
  }) => {
    for (const entry of input.Entries)
      told.push([entry.DetailType, JSON.parse(entry.Detail ?? '') as Record<string, unknown>]);
    return answer();
  }) as never);
  return told;
}

it('a task tells the bus of its failures and its retries, of a success only when somebody asked', async () => {
  const told = bus();
  await expect(bad(taskEvent({ runId: 'a' }), lambdaContext())).rejects.toThrow('too far');
  await good(taskEvent({ runId: 'a', attempt: 1 }), lambdaContext());
  expect(told).toMatchObject([
    ['Task Failed', { pipeline: 'credit-risk', run: 'a', task: 'train', attempt: 1, final: false }],
    ['Task Retried', { run: 'a', attempt: 2, error: { name: 'RangeError', message: 'too far' } }],
  ]);
  await good({ ...taskEvent({ runId: 'b' }), announces: { success: true } }, lambdaContext());
  expect(told[2]).toMatchObject(['Task Succeeded', { run: 'b', task: 'train' }]);
  expect(told).toHaveLength(3);
});

it('a success updates datasets; whoever finds the task done tells it again as the same update', async () => {
  const event = { ...taskEvent({ runId: 'e' }), announces: { datasets: ['orders', 'customers'] } };
  bus(async () => Promise.reject(new Error('no bus')));
  await expect(good(event, lambdaContext())).rejects.toMatchObject({ name: 'Millrace.DatasetNotTold' });
  const told = bus();
  expect(await good({ ...event, attempt: 1 }, lambdaContext())).toMatchObject({ memo: true });
  await good({ ...event, execution: 'arn:rerun' }, lambdaContext());
  const updates = told.map(([type, { dataset, run, task, updatedAt }]) => [
    type,
    dataset,
    run,
    task,
    updatedAt,
  ]);
  expect(updates.slice(0, 2)).toEqual([
    ['Dataset Updated', 'orders', 'e', 'train', expect.any(String)],
    ['Dataset Updated', 'customers', 'e', 'train', expect.any(String)],
  ]);
  expect(updates.slice(2)).toEqual(updates.slice(0, 2));
});

it('says which part of a dataset was updated, and refuses what is no key before it works', async () => {
  const told = bus();
  const handler = jest.fn(async () => ({ n: 1 }));
  const keyed = (runId: string, partitionKey: Json) => ({
    ...taskEvent({ runId }),
    announces: { datasets: ['orders'], partitionKey },
  });
  await taskHandler(train, handler)(keyed('g', 'north'), lambdaContext());
  expect(told).toMatchObject([['Dataset Updated', { dataset: 'orders', partitionKey: 'north', run: 'g' }]]);
  for (const key of ['', null, 7, 'x'.repeat(257)])
    await expect(taskHandler(train, handler)(keyed('h', key), lambdaContext())).rejects.toMatchObject({
      name: 'Millrace.InvalidInput',
      message: expect.stringContaining('what part of orders it updates, has to be a text') as unknown,
    });
  expect(handler).toHaveBeenCalledTimes(1);
});

it('a failure updates nothing', async () => {
  const told = bus();
  const event = { ...taskEvent({ runId: 'f' }), announces: { datasets: ['orders'] } };
  await expect(bad(event, lambdaContext())).rejects.toThrow('too far');
  expect(told.map(([type]) => type)).toEqual(['Task Failed']);
});

it('a bus that is gone changes nothing for the task', async () => {
  bus(async () => Promise.reject(new Error('no bus')));
  const event = { ...taskEvent({ runId: 'c', attempt: 1 }), announces: { success: true as const } };
  expect(await good(event, lambdaContext())).toMatchObject({ status: 'success' });
  await expect(bad(taskEvent({ runId: 'd' }), lambdaContext())).rejects.toThrow('too far');
});
