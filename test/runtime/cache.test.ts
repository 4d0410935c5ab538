import '../support/quiet-telemetry';
import { z } from 'zod';
import { DynamoTable } from '../../lib/aws/dynamo-table';
import { ObjectStore } from '../../lib/aws/object-store';
import type { TaskEvent } from '../../lib/model/envelope';
import { readTaskRecord } from '../../lib/orchestration/task-record';
import { taskHandler } from '../../lib/runtime/task-handler';
import { contract } from '../../lib/tasks/contract';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent, type TaskEventProps } from '../support/task-event';

let aws: LocalAws;
let count = 0;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => {
  jest.restoreAllMocks();
  process.env['MILLRACE_CODE_HASH'] = 'c0de';
});

const features = contract({
  name: 'features',
  summary: 'For tests.',
  input: z.object({ salt: z.number(), rows: z.number().default(0) }),
  output: z.object({ n: z.number(), text: z.string().optional() }),
});
const run = jest.fn(async ({ salt }: { readonly salt: number }) => ({ n: salt }));
const handler = taskHandler(features, run);
beforeEach(() => {
  count++;
  run.mockClear();
});

interface Props extends TaskEventProps {
  readonly seconds?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Each call is another run. */
const event = ({ seconds = 3600, environment, ...props }: Props = {}): TaskEvent => ({
  ...taskEvent({
    task: 'features',
    runId: `run-${count}-${Math.random()}`,
    input: { salt: count },
    ...props,
  }),
  cache: { seconds, ...(environment === undefined ? {} : { environment }) },
});
const call = async (props: Props = {}) => handler(event(props), lambdaContext());

it('another run with the same code and input takes the result, and its record says whose', async () => {
  await call({ runId: `first-${count}` });
  const result = await call({ runId: `second-${count}` });
  expect(result).toEqual({ status: 'success', out: { n: count }, cached: true });
  expect(run).toHaveBeenCalledTimes(1);
  expect(await readTaskRecord(`second-${count}`, 'features')).toMatchObject({
    status: 'success',
    result: { status: 'success', cached: true },
    cached: { run: `first-${count}`, task: 'features', at: expect.any(String) as unknown },
  });
  expect(await call({ runId: `second-${count}` })).toMatchObject({ memo: true, cached: true });
});

it.each<[string, Props]>([
  ['input', { input: { salt: -1 } }],
  ['parts of the output that are read', { returns: { n: 'inline' } }],
  ['environment', { environment: { SEED: '2' } }],
  ['length of time', { seconds: 1e-9 }],
])('another %s means another result', async (_what, other) => {
  await call();
  expect(await call(other)).not.toHaveProperty('cached');
  expect(run).toHaveBeenCalledTimes(2);
});

it('other code means another result; unknown code means none', async () => {
  await call();
  for (const hash of ['0ther', 'unknown', 'unknown']) {
    process.env['MILLRACE_CODE_HASH'] = hash;
    expect(await call()).not.toHaveProperty('cached');
  }
  expect(run).toHaveBeenCalledTimes(4);
});

it('a task that does not ask, and a run that wants no earlier results, run; the latter leaves its own', async () => {
  await call();
  const { cache: _cache, ...plain } = event();
  expect(await handler(plain, lambdaContext())).not.toHaveProperty('cached');
  const fresh = event({ runId: `fresh-${count}` });
  await handler({ ...fresh, run: { ...fresh.run, cache: false } }, lambdaContext());
  expect(run).toHaveBeenCalledTimes(3);
  await call({ runId: `after-${count}` });
  expect((await readTaskRecord(`after-${count}`, 'features'))?.cached?.run).toBe(`fresh-${count}`);
});

it('a result of which a part is gone from S3 is none', async () => {
  const large = taskHandler(features, async ({ salt }) => ({ n: salt, text: 'x'.repeat(20_000) }));
  const again = async () => large(event({ returns: { text: 'any' } }), lambdaContext());
  await again();
  expect(await again()).toMatchObject({ cached: true });
  jest.spyOn(ObjectStore.prototype, 'head').mockResolvedValue(undefined);
  expect(await again()).not.toHaveProperty('cached');
});

it('a failure is not kept, and a cache that does not answer costs the work only', async () => {
  run.mockRejectedValueOnce(new Error('no'));
  await expect(call()).rejects.toThrow('no');
  expect(await call()).not.toHaveProperty('cached');
  const get = Reflect.get(DynamoTable.prototype, 'get') as (...given: unknown[]) => Promise<never>;
  jest.spyOn(DynamoTable.prototype, 'get').mockImplementation(async function (
    this: DynamoTable,
    key: { readonly pk: string },
    ...given: unknown[]
  ) {
    if (key.pk.startsWith('CACHE#')) throw new Error('gone');
    return get.call(this, key, ...given);
  } as never);
  expect(await call()).toMatchObject({ status: 'success' });
  expect(run).toHaveBeenCalledTimes(3);
});
