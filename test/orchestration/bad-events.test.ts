/** What comes over the buses and is not what it should be: refused with a text that says why, before anything is written. */
import '../support/quiet-telemetry';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handler as notifier } from '../../lambdas/notifier/handler';
import { handler as runEnded } from '../../lambdas/run-ended/handler';
import { DynamoTable } from '../../lib/aws/dynamo-table';
import { awsCarriers, deliver } from '../../lib/orchestration/alerts/deliver';
import type { OutboxEntry } from '../../lib/orchestration/alerts/outbox';
import { answer } from '../../lib/orchestration/launcher';
import type { Place } from '../../lib/orchestration/place';
import { readQueue } from '../../lib/orchestration/queue';
import { readSlots } from '../../lib/orchestration/slots';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext } from '../support/task-event';

let aws: LocalAws;
const place: Place = {
  machineArn: (name) => `${MACHINES}${name}`,
  now: () => new Date('2026-11-21T06:00:00Z'),
  requestId: 'request',
};
beforeAll(async () => {
  aws = await startLocalAws();
  await aws.createMachine('millrace-test-files', {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: { Begin: { Type: 'Wait', Seconds: 86_400, End: true } },
  });
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

/** Fails when something is written meanwhile. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const writes = (['put', 'transact', 'delete', 'update'] as const).map((method) =>
    jest.spyOn(DynamoTable.prototype, method),
  );
  const error = await work.then(
    () => new Error('It was taken.'),
    (thrown: unknown) => thrown as Error,
  );
  expect(writes.flatMap(({ mock }) => mock.calls)).toEqual([]);
  return `${error.name}: ${error.message}`;
}

const file = {
  action: 'object-created',
  pipeline: 'files',
  bucket: 'millrace-test-data',
  key: 'raw/a.csv',
  version: 'v1',
};

describe('the launcher', () => {
  it('refuses an object of a foreign bucket', async () => {
    expect(await refusal(answer({ ...file, bucket: 'somebody-elses', key: 'raw/new+file.csv' }, place))).toBe(
      "Millrace.InvalidRequest: The object 'raw/new file.csv' came to lie in the bucket 'somebody-elses'; only objects of 'millrace-test-data' start pipelines. Copy it there, or remove the rule that sends its events.",
    );
    expect([await readQueue('files'), (await readSlots('files')).holders]).toEqual([[], {}]);
  });

  it.each([[null], [undefined], ['files'], [7], [[]], [{ pipeline: '' }], [{ pipeline: 7 }]])(
    'refuses %j, which names no pipeline',
    async (event) => {
      expect(await refusal(answer(event, place))).toMatch(
        /^Millrace\.InvalidRequest: The launcher was asked to run no pipeline\. Name one, like /,
      );
    },
  );

  it.each<[object, RegExp]>([
    [{ action: 'dance' }, /Expected 'tick' \| 'deployed' \| 'object-created'/],
    [{ ...file, key: undefined }, /at key/],
    [{ ...file, size: 'much' }, /at size/],
    [{ ...file, more: 1 }, /Unrecognized key: "more"/],
    [{ action: 'tick' }, /at pipeline/],
    [{ action: 'dataset-updated', pipeline: 'files', datasets: [] }, /at datasets/],
    [{ action: 'alias-moved', pipeline: 'files', model: 'churn' }, /at version/],
    [{ action: 'backfill', pipeline: 'files', from: 1, to: 2 }, /at from/],
    [{ action: 'pool-acquire', pool: 'p', size: 0 }, /at size/],
    [{ action: 'decide', runId: 'files--1', task: 'ask', approved: 'yes' }, /at approved/],
  ])('refuses %j', async (event, fault) => {
    const text = await refusal(answer(event, place));
    expect(text).toMatch(/^Millrace\.InvalidRequest: The launcher was asked for something it does not know/);
    expect(text).toMatch(fault);
  });

  it('takes a key that is no form encoding as it is, and a repeated event once', async () => {
    const odd = { ...file, key: 'raw/100%.csv' };
    const first = (await answer(odd, place)) as { runId: string };
    expect(await answer(odd, place)).toMatchObject({ runId: first.runId });
    expect(Object.keys((await readSlots('files')).holders)).toEqual([first.runId]);
  });
});

describe('the notifier', () => {
  const about = { pipeline: 'files', run: 'files--1', logicalDate: '2026-11-21T06:00:00Z' };
  it.each<[unknown, unknown, RegExp]>([
    [undefined, undefined, /told of nothing\. It knows of Run Ended, Task Failed/],
    ['Run Begun', about, /told of "Run Begun"/],
    ['Task Failed', null, /Task Failed' lacks what is needed to go by it:\n {2}\(all of it\)/],
    ['Task Failed', about, /\n {2}task: /],
    ['Deadline Missed', { ...about, logicalDate: 'monday' }, /\n {2}logicalDate: /],
    [
      'Run Ended',
      { ...about, execution: 'x', status: 'done' },
      /\n {2}status: .*\n {2}endedAt: .*\n {2}failed: /,
    ],
  ])('refuses %j of %j', async (type, detail, fault) => {
    const event = { 'detail-type': type, detail } as never;
    expect(await refusal(notifier(event, lambdaContext()))).toMatch(fault);
  });
});

it.each([
  [{}],
  [{ detail: null }],
  [{ detail: { executionArn: 'arn:aws:s3:::b', name: 'a', status: 'FAILED' } }],
  [{ detail: { executionArn: `arn:aws:states:us-east-1:000000000000:execution:m:a`, name: 'a' } }],
])('run-ended refuses %j', async (event) => {
  expect(await refusal(runEnded(event as never, lambdaContext()))).toMatch(
    /^Millrace\.InvalidEvent: The event 'Step Functions Execution Status Change' lacks what is needed/,
  );
});

describe('a webhook that is down', () => {
  const hook = { kind: 'webhook', url: { secret: 'hook', store: 'parameter' } } as const;
  const told = { subject: 'x', text: 'x' } as OutboxEntry;

  it('is asked again later: the delivery says that there was no answer', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const carriers = {
      ...awsCarriers(),
      outside: true,
      reveal: async () => `https://127.0.0.1:${port}/hook`,
    };
    expect(await deliver(hook, told, carriers)).toEqual({
      channel: hook,
      state: 'failed',
      error: 'TypeError: fetch failed (ECONNREFUSED)',
    });
  });
});
