import { DescribeExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { DynamoTable } from '../../lib/aws/dynamo-table';
import { sweep } from '../../lib/orchestration/after-run';
import { answer } from '../../lib/orchestration/launcher';
import type { Place } from '../../lib/orchestration/place';
import { readPool, releaseExecution } from '../../lib/orchestration/pools';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let now = Date.parse('2026-11-21T06:00:00Z');
const place: Place = {
  machineArn: (name) => `${MACHINES}${name}`,
  now: () => new Date((now += 1000)),
  requestId: 'request',
};
beforeAll(async () => {
  aws = await startLocalAws();
  await aws.createMachine('waits', {
    QueryLanguage: 'JSONata',
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', Seconds: 86_400, End: true } },
  });
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

/** Tokens that were answered, in order; those of `gone` are not waited for. */
function answered(gone: readonly string[] = []): string[] {
  const tokens: string[] = [];
  const original = Reflect.get(sfnClient(), 'send') as (command: unknown) => Promise<unknown>;
  jest.spyOn(sfnClient(), 'send').mockImplementation((async (command: { input: { taskToken?: string } }) => {
    const { taskToken } = command.input;
    if (taskToken === undefined) return original.call(sfnClient(), command);
    if (gone.includes(taskToken)) throw Object.assign(new Error('gone'), { name: 'TaskTimedOut' });
    tokens.push(taskToken);
    return {};
  }) as never);
  return tokens;
}

let executions = 0;
const execution = async () => aws.startExecution(`${MACHINES}waits`, `x${++executions}`);
const acquire = async (pool: string, of: string, token: string, more: object = {}) =>
  answer(
    { action: 'pool-acquire', pool, size: 2, slots: 1, task: token, execution: of, token, ...more },
    place,
  );
const release = async (pool: string, of: string, task: string) =>
  answer({ action: 'pool-release', pool, task, execution: of }, place);
const holders = async (pool: string) =>
  Object.values((await readPool(pool)).holders)
    .map((holder) => holder.task)
    .sort();

it('gives slots in the order in which they were asked for, and never more than there are', async () => {
  const tokens = answered();
  const of = await execution();
  for (const token of ['a', 'b', 'c', 'd']) await acquire('order', of, token);
  expect(tokens).toEqual(['a', 'b']);
  await release('order', of, 'b');
  expect(tokens).toEqual(['a', 'b', 'c']);
  await release('order', of, 'b');
  expect(await holders('order')).toEqual(['a', 'c']);
});

it('lets nobody overtake who needs more', async () => {
  const tokens = answered();
  const of = await execution();
  await acquire('big', of, 'a');
  await acquire('big', of, 'both', { slots: 2 });
  await acquire('big', of, 'c');
  expect(tokens).toEqual(['a']);
  await release('big', of, 'a');
  expect(tokens).toEqual(['a', 'both']);
  await release('big', of, 'both');
  expect(tokens).toEqual(['a', 'both', 'c']);
});

it('takes two slots when ten ask at once', async () => {
  const tokens = answered();
  const of = await execution();
  await Promise.all(Array.from({ length: 10 }, async (_, i) => acquire('race', of, `t${i}`)));
  expect(await holders('race')).toHaveLength(2);
  expect(new Set(tokens).size).toBe(2);
});

it('frees what an execution held or waited for when it has ended', async () => {
  const tokens = answered();
  const [first, second] = [await execution(), await execution()];
  for (const token of ['a', 'b', 'c']) await acquire('ends', first, token);
  await acquire('ends', second, 'd');
  await releaseExecution(first, place);
  expect(tokens).toEqual(['a', 'b', 'd']);
  expect(await holders('ends')).toEqual(['d']);
});

it('finds by the sweep what ended without a word', async () => {
  const tokens = answered();
  const [first, second] = [await execution(), await execution()];
  for (const token of ['a', 'b']) await acquire('sweep', first, token);
  await acquire('sweep', second, 'c');
  await sfnClient().send(new StopExecutionCommand({ executionArn: first }));
  now += 600_000;
  await sweep(place);
  expect(tokens).toEqual(['a', 'b', 'c']);
  expect(await holders('sweep')).toEqual(['c']);
  const { status } = await sfnClient().send(new DescribeExecutionCommand({ executionArn: second }));
  expect(status).toBe('RUNNING');
});

it('answers again what it was cut off from answering, and keeps the slot of who had the answer already', async () => {
  const of = await execution();
  const send = jest.spyOn(sfnClient(), 'send').mockRejectedValueOnce(new Error('cut off') as never);
  await expect(acquire('cut', of, 'a')).rejects.toThrow('cut off');
  send.mockRestore();
  expect(await holders('cut')).toEqual(['a']);
  const tokens = answered(['b']);
  await acquire('cut', of, 'b');
  expect(tokens).toEqual(['a']);
  expect(await holders('cut')).toEqual(['a', 'b']);
});

it('frees several limits at once, also when it is cut off between two of them and asked again', async () => {
  const tokens = answered();
  const of = await execution();
  for (const pool of ['tasks:shop', 'task:shop/a'])
    await acquire(pool, of, `${pool} a`, { size: 1, task: 'a' });
  await acquire('tasks:shop', of, 'b', { size: 1 });
  expect(tokens).toEqual(['tasks:shop a', 'task:shop/a a']);
  const free = async () =>
    answer({ action: 'pool-release', pools: ['task:shop/a', 'tasks:shop'], task: 'a', execution: of }, place);
  // Killed when the first is free, before the second is.
  const put = jest.spyOn(DynamoTable.prototype, 'put');
  put.mockImplementationOnce(async function (this: DynamoTable, ...args) {
    put.mockRestore();
    await this.put(...args);
    throw new Error('killed');
  });
  await expect(free()).rejects.toThrow('killed');
  expect([await holders('task:shop/a'), await holders('tasks:shop')]).toEqual([[], ['a']]);
  await free();
  await free();
  expect([await holders('task:shop/a'), await holders('tasks:shop')]).toEqual([[], ['b']]);
  expect(tokens).toContain('b');
});

it('leaves no limit taken by an execution that was killed while it waited for the next one', async () => {
  const tokens = answered();
  const [first, second] = [await execution(), await execution()];
  await acquire('tasks:kill', second, 'x', { size: 1 });
  await acquire('task:kill/a', first, 'a', { size: 1 });
  await acquire('tasks:kill', first, 'a', { size: 1 });
  await acquire('task:kill/a', second, 'a2', { size: 1 });
  await sfnClient().send(new StopExecutionCommand({ executionArn: first }));
  await releaseExecution(first, place);
  expect(tokens).toEqual(['x', 'a', 'a2']);
  await release('tasks:kill', second, 'x');
  expect([await holders('task:kill/a'), await holders('tasks:kill')]).toEqual([['a2'], []]);
});
