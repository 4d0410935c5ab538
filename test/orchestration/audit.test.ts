/** Everything that people do to runs and pipelines is written down, with who, when and why. */
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { orchestrationTable } from '../../lib/aws/tables';
import type { Policy } from '../../lib/model/schedule';
import { readAudit, readPipelineAudit } from '../../lib/orchestration/audit';
import { beginRun } from '../../lib/orchestration/begin-run';
import { answer } from '../../lib/orchestration/launcher';
import { finishRun } from '../../lib/orchestration/finish-run';
import type { Place } from '../../lib/orchestration/place';
import { startTask, succeedTask } from '../../lib/orchestration/task-record';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let requests = 0;
let now = Date.parse('2026-11-21T06:00:00Z');
const place: Place = {
  machineArn: (name) => `${MACHINES}${name}`,
  now: () => new Date((now += 1000)),
  get requestId() {
    return `request-${++requests}`;
  },
};
const policy: Policy = {
  schedule: { kind: 'cron', expression: '0 0 * * *', timeZone: 'UTC' },
  startDate: '2026-11-01',
  catchup: false,
  logicalDate: 'interval-start',
  maxActiveRuns: 9,
  dependsOnPast: false,
};
beforeAll(async () => {
  aws = await startLocalAws();
  await aws.createMachine('millrace-test-shop', {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'Never' }], Default: 'Wait', Arguments: { Payload: { policy } } }, // prettier-ignore
      Never: { Type: 'Succeed' },
      Wait: { Type: 'Wait', Seconds: 86_400, End: true },
    },
  });
});
afterAll(async () => aws.stop());

const ask = async (request: object) => answer(request, place) as Promise<Record<string, string>>;
const ofRun = async (runId: string) =>
  (await readAudit(runId)).map(({ action, by, why }) => [action, by, why ?? '']);

async function begin(runId: string, execution: string, input: object = { runId }) {
  return beginRun({
    pipeline: 'shop',
    execution: { arn: execution, name: runId, startTime: '2026-11-21T06:00:00Z' },
    input: input as never,
    paramsSchema: { type: 'object' },
    code: { commit: 'c0ffee', dirty: false },
  });
}

it('a run from its start to its end by hand', async () => {
  const { runId = '', executionArn = '' } = await ask({
    pipeline: 'shop',
    by: 'ada',
    why: 'new prices',
    token: 't',
  });
  // A request that is delivered twice is one start.
  await ask({ pipeline: 'shop', by: 'ada', why: 'new prices', token: 't' });
  const run = await begin(runId, executionArn);
  const task = { task: 'a', status: 'running', attempt: 1, redrive: 0, execution: executionArn, startedAt: '' } as const; // prettier-ignore
  await startTask(runId, task);
  await succeedTask(runId, { ...task, status: 'success', result: { status: 'success', out: 1 } });
  await ask({ action: 'cancel', runId, by: 'bob', why: 'wrong file' });
  await finishRun({ run, execution: executionArn, tasks: { a: 'success' }, leaves: ['a'] });
  await ask({ action: 'mark', runId, task: 'a', status: 'failed', by: 'cyd', why: 'lost' });
  await ask({ action: 'rerun', runId, clear: ['a'], by: 'dan' });
  await sfnClient().send(new StopExecutionCommand({ executionArn: `${executionArn}--r2` }));
  await ask({ action: 'rerun', runId, by: 'eve', why: 'again' });
  expect(await ofRun(runId)).toEqual([
    ['start', 'ada', 'new prices'],
    ['cancel', 'bob', 'wrong file'],
    ['mark', 'cyd', 'lost'],
    ['clear', 'dan', ''],
    ['rerun', 'eve', 'again'],
  ]);
});

it('a decision of a person', async () => {
  const { runId = '', executionArn = '' } = await ask({ pipeline: 'shop', by: 'ada', token: 'approval' });
  await begin(runId, executionArn);
  const key = { pk: `RUN#${runId}`, sk: 'APPROVAL#board' };
  await orchestrationTable().put({
    ...key,
    task: 'board',
    prompt: 'Go?',
    details: null,
    form: '{}',
    token: 'gone',
    execution: executionArn,
    requestedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + 3_600_000).toISOString(),
  });
  // Its state waits no longer; the decision stands all the same, and so does whose it is.
  await expect(
    ask({ action: 'decide', runId, task: 'board', approved: true, comment: 'seen', by: 'fay' }),
  ).rejects.toThrow('The decision is recorded');
  await expect(ask({ action: 'decide', runId, task: 'board', approved: false, by: 'gus' })).rejects.toThrow();
  expect((await ofRun(runId)).slice(1)).toEqual([['approve', 'fay', 'seen']]);
});

it('what schedules and backfills start, and what starts without the launcher', async () => {
  const ticked = (await ask({ action: 'tick', pipeline: 'shop' })) as unknown as { runIds: string[] };
  expect(await ofRun(ticked.runIds[0] ?? '')).toEqual([['start', 'schedule', '']]);
  const execution = await aws.startExecution(`${MACHINES}millrace-test-shop`, 'by-hand');
  const { id } = await begin('by-hand', execution, {});
  await begin('by-hand', execution, {});
  expect(await ofRun(id)).toEqual([['start', 'StartExecution', '']]);
});

it('what is done to a pipeline as a whole', async () => {
  await ask({ action: 'pause', pipeline: 'shop', by: 'ada', why: 'source is down' });
  await ask({ action: 'resume', pipeline: 'shop', by: 'bob' });
  const range = {
    action: 'backfill',
    pipeline: 'shop',
    from: '2026-11-02',
    to: '2026-11-03',
    by: 'cyd',
    why: 'gap',
  };
  await ask({ ...range, dryRun: true });
  const { id = '' } = await ask(range);
  await ask({ action: 'backfill-cancel', pipeline: 'shop', id, by: 'dan' });
  expect((await readPipelineAudit('shop')).map(({ action, by, why }) => [action, by, why ?? ''])).toEqual([
    ['pause', 'ada', 'source is down'],
    ['resume', 'bob', ''],
    ['backfill', 'cyd', 'gap'],
    ['backfill-cancel', 'dan', ''],
  ]);
});
