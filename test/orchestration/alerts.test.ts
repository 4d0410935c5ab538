import { orchestrationTable } from '../../lib/aws/tables';
import type { Alerts, Channel } from '../../lib/model/alerts';
import { checkDeadlines } from '../../lib/orchestration/alerts/deadline';
import type { Carriers } from '../../lib/orchestration/alerts/deliver';
import { notificationOf } from '../../lib/orchestration/alerts/notification';
import { notify } from '../../lib/orchestration/alerts/notify';
import { readOutbox } from '../../lib/orchestration/alerts/outbox';
import { announceEnd } from '../../lib/orchestration/announce-end';
import { beginRun } from '../../lib/orchestration/begin-run';
import { eventBridgeClient } from '../../lib/aws/clients/event-bridge';
import type { AlertEvent } from '../../lib/orchestration/events';
import { finishRun } from '../../lib/orchestration/finish-run';
import type { Place } from '../../lib/orchestration/place';
import { failTask, startTask } from '../../lib/orchestration/task-record';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';
import { putQueued } from '../support/queued-run';

let aws: LocalAws;
let now = '2026-11-21T08:00:00Z';
const place: Place = {
  machineArn: (name) => `${MACHINES}${name}`,
  now: () => new Date(now),
  requestId: 'request',
};
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

const TOPIC: Channel = { kind: 'topic' };
const SLACK: Channel = { kind: 'slack', url: { secret: 'hook', store: 'parameter' } };
const HOOK: Channel = { kind: 'webhook', url: { secret: 'team/hook', store: 'secrets-manager' } };

/** A machine that only says who is told. */
async function deploy(pipeline: string, alerts: Alerts): Promise<void> {
  await aws.createMachine(`millrace-test-${pipeline}`, {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: 'begin', Payload: { policy: { alerts } } },
        End: true,
      },
    },
  });
}

interface Carried extends Carriers {
  readonly sent: { readonly to: string; readonly what: unknown }[];
}

function carriers(answers: Partial<Carriers> & { readonly status?: () => number } = {}): Carried {
  const sent: Carried['sent'] = [];
  return {
    sent,
    outside: true,
    publish: async (subject, text) => void sent.push({ to: 'topic', what: { subject, text } }),
    post: async (url, body) => {
      sent.push({ to: url, what: body });
      return answers.status?.() ?? 200;
    },
    invoke: async () => {},
    reveal: async ({ secret, store }) => `https://${store}/${secret}`,
    ...answers,
  };
}

const arn = (pipeline: string, name: string) =>
  `arn:aws:states:eu-west-1:123456789012:execution:millrace-test-${pipeline}:${name}`;

const ended = (pipeline: string, more: object = {}): AlertEvent => ({
  type: 'Run Ended',
  detail: {
    pipeline,
    run: `${pipeline}--1`,
    execution: arn(pipeline, '1'),
    logicalDate: '2026-11-21T06:00:00.000Z',
    status: 'failed',
    message: `${pipeline} failed at train.`,
    startedAt: '2026-11-21T06:00:00.000Z',
    endedAt: '2026-11-21T07:00:00.000Z',
    failed: [{ task: 'train', error: { name: 'OutOfCheese', message: 'a < b & c' } }],
    ...more,
  },
});

const failed = (pipeline: string, more: object = {}): AlertEvent => ({
  type: 'Task Failed',
  detail: {
    pipeline,
    run: `${pipeline}--1`,
    execution: arn(pipeline, '1'),
    logicalDate: '2026-11-21T06:00:00.000Z',
    task: 'train',
    attempt: 1,
    redrive: 0,
    final: false,
    error: { name: 'OutOfCheese', message: 'no cheese' },
    ...more,
  },
});

const kinds = async (pipeline: string) =>
  (await readOutbox({ limit: 100, pipeline })).map((entry) => entry.kind).sort();

it('a decision that a run waits for is told once, with the commands that decide, and not when it was made before', async () => {
  await deploy('asking', { tasks: { board: { retries: 0, onAsk: [SLACK] } } });
  const asked = (execution: string): AlertEvent => ({
    type: 'Decision Asked',
    detail: {
      pipeline: 'asking',
      run: 'asking--1',
      execution: arn('asking', execution),
      logicalDate: '2026-11-21T06:00:00.000Z',
      task: 'board',
      prompt: 'Promote version 3?',
      expiresAt: '2026-11-22T06:00:00.000Z',
    },
  });
  const to = carriers();
  await notify(asked('1'), place, to);
  await notify(asked('1'), place, to);
  const [message] = to.sent;
  expect(to.sent).toHaveLength(1);
  expect(message?.what).toEqual({
    text: expect.stringMatching(
      /waits for a decision: board\*\nPromote version 3\?\n\nApprove: millrace approve asking--1 board\nRefuse: millrace reject asking--1 board\nUntil: 2026-11-22T06[^]*\nDecide: http:\/\/127\.0\.0\.1:\d+\/console\/runs\/asking--1\?task=board\n/,
    ) as string,
  });
  await orchestrationTable().put({
    pk: 'RUN#asking--1',
    sk: 'APPROVAL#board',
    task: 'board',
    details: '{}',
    form: '{}',
    expiresAt: '2026-11-22T06:00:00.000Z',
    decision: '{"approved":true,"by":"ana"}',
  });
  await notify(asked('2'), place, to);
  expect(to.sent).toHaveLength(1);
});

describe('the link of a notification', () => {
  const failed = (run: string): AlertEvent => ({
    type: 'Task Failed',
    detail: {
      pipeline: 'links',
      run,
      execution: arn('links', '1'),
      logicalDate: '2026-11-21T06:00:00.000Z',
      task: 'train/forest[2]',
      attempt: 1,
      redrive: 0,
      final: true,
    },
  });
  const states = 'https://eu-west-1.console.aws.amazon.com/states/home';
  afterEach(() => {
    delete process.env['MILLRACE_CONSOLE_URL'];
    process.env['AWS_ENDPOINT_URL'] = aws.url;
  });

  it('leads to the console of the stage, with the execution beside it', () => {
    process.env['MILLRACE_CONSOLE_URL'] = 'https://d1.cloudfront.net/console';
    const page = 'https://d1.cloudfront.net/console/runs/links--1?task=train%2Fforest%5B2%5D';
    const { link, text } = notificationOf(failed('links--1'), 'prod');
    expect(link).toBe(page);
    expect(text).toContain(`\nConsole: ${page}\nExecution: ${states}`);
  });

  it('leads to the execution where no console is deployed', () => {
    delete process.env['AWS_ENDPOINT_URL'];
    const { link, text } = notificationOf(failed('links--1'), 'prod');
    expect(link).toContain(states);
    expect(text).not.toContain('Console:');
    expect(text).toContain(`\nExecution: ${states}`);
  });
});

describe('a run that failed', () => {
  it('is told to every channel with run, date, error, command and link', async () => {
    await deploy('all', { onFailure: [TOPIC, SLACK, HOOK, TOPIC] });
    const to = carriers();
    await notify(ended('all'), place, to);
    expect(to.sent.map((message) => message.to).sort()).toEqual([
      'https://parameter/hook',
      'https://secrets-manager/team/hook',
      'topic',
    ]);
    const hook = to.sent.find((message) => message.to.includes('team'))?.what;
    expect(hook).toMatchObject({
      kind: 'run-failed',
      pipeline: 'all',
      run: 'all--1',
      logicalDate: '2026-11-21T06:00:00.000Z',
      subject: '[test] all failed',
      error: { name: 'OutOfCheese', message: 'a < b & c' },
      command: 'millrace show all--1',
      link: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/console\/runs\/all--1$/) as string,
    });
    const message = to.sent.find(({ to: url }) => url === 'https://parameter/hook');
    const text = String((message?.what as { text?: string } | undefined)?.text);
    expect(text).toContain('*[test] all failed*');
    expect(text).toContain('OutOfCheese: a &lt; b &amp; c');
    expect(text).toContain('More: millrace show all--1');
  });

  it('is told once, however often the event comes', async () => {
    await deploy('once', { onFailure: [SLACK] });
    const to = carriers();
    await notify(ended('once'), place, to);
    await notify(ended('once'), place, to);
    expect(to.sent).toHaveLength(1);
    expect(await kinds('once')).toEqual(['run-failed']);
  });

  it('is told again only to the channel that did not take it', async () => {
    await deploy('again', { onFailure: [TOPIC, SLACK] });
    const statuses = [503, 200];
    const to = carriers({ status: () => statuses.shift() ?? 200 });
    await expect(notify(ended('again'), place, to)).rejects.toMatchObject({ name: 'Millrace.NotDelivered' });
    await notify(ended('again'), place, to);
    expect(to.sent.map((message) => message.to)).toEqual([
      'topic',
      'https://parameter/hook',
      'https://parameter/hook',
    ]);
    const [entry] = await readOutbox({ limit: 1, pipeline: 'again' });
    expect(entry?.deliveries.map((delivery) => delivery.state)).toEqual(['sent', 'sent']);
  });

  it.each([
    ['a status that says no', { status: () => 404 }, 'status 404'],
    ['a secret that is no URL', { reveal: async () => 'http://plain' }, 'no https URL'],
    [
      'a secret that is missing',
      {
        reveal: async () =>
          Promise.reject(Object.assign(new Error('gone'), { name: 'Millrace.SecretNotFound' })),
      },
      'SecretNotFound',
    ],
  ])('is not told again after %s', async (what, answers, message) => {
    const pipeline = `no-${what.replace(/\W+/g, '-')}`;
    await deploy(pipeline, { onFailure: [SLACK] });
    await notify(ended(pipeline), place, carriers(answers));
    const [entry] = await readOutbox({ limit: 1, pipeline });
    expect(entry?.deliveries).toMatchObject([{ state: 'refused' }]);
    expect(entry?.deliveries[0]?.error).toContain(message);
    expect(JSON.stringify(entry)).not.toContain('https://parameter');
  });

  it('stays in the outbox on this machine', async () => {
    await deploy('local', { onFailure: [SLACK] });
    const to = carriers({ outside: false });
    await notify(ended('local'), place, to);
    expect(to.sent).toEqual([]);
    expect((await readOutbox({ limit: 1, pipeline: 'local' }))[0]?.deliveries).toMatchObject([
      { state: 'kept' },
    ]);
  });
});

it('a run that succeeded is told to those of onSuccess; nobody is told what nobody asked for', async () => {
  await deploy('fine', { onSuccess: [TOPIC] });
  await deploy('silent', {});
  const to = carriers();
  for (const pipeline of ['fine', 'silent', 'removed']) {
    await notify(ended(pipeline, { status: 'success', failed: [] }), place, to);
    await notify(ended(pipeline, { execution: arn(pipeline, '2') }), place, to);
  }
  expect(to.sent.map(({ what }) => (what as { subject: string }).subject)).toEqual(['[test] fine succeeded']);
});

describe('a task that failed', () => {
  it('is told when it was the last attempt, when a retry is useless, or when the run has ended', async () => {
    await deploy('last', { tasks: { train: { retries: 2, onFailure: [TOPIC] } } });
    const told = async (more: object) => {
      const to = carriers();
      await notify(failed('last', more), place, to);
      return to.sent.length;
    };
    expect(await told({ attempt: 1 })).toBe(0);
    expect(await told({ attempt: 3 })).toBe(1);
    expect(await told({ attempt: 3, final: true })).toBe(0);
    expect(
      await told({ attempt: 1, error: { name: 'Millrace.InvalidInput', message: '' }, redrive: 1 }),
    ).toBe(1);
    expect(await told({ attempt: 0, final: true, execution: arn('last', '2') })).toBe(1);
    expect(await told({ attempt: 3, task: 'train[4]', execution: arn('last', '3') })).toBe(1);
    expect(await told({ attempt: 3, task: 'other' })).toBe(0);
  });

  it('is told on retries by its own channels, else by those of the pipeline', async () => {
    await deploy('retry', { onRetry: [TOPIC], tasks: { own: { retries: 1, onRetry: [HOOK] } } });
    const to = carriers();
    for (const task of ['own', 'other']) {
      const { detail } = failed('retry', { task, attempt: 2 }) as Extract<
        AlertEvent,
        { type: 'Task Failed' }
      >;
      await notify({ type: 'Task Retried', detail }, place, to);
    }
    expect(to.sent.map((message) => message.to)).toEqual(['https://secrets-manager/team/hook', 'topic']);
  });
});

describe('a deadline', () => {
  const begin = async (pipeline: string) =>
    beginRun({
      pipeline,
      execution: { arn: arn(pipeline, 'a'), name: 'a', startTime: '2026-11-21T08:00:00Z' },
      input: { logicalDate: '2026-11-20T08:00:00Z' },
      paramsSchema: { type: 'object', properties: {} },
      code: { commit: 'abc', dirty: false },
    });
  const published = () => {
    const events: { DetailType?: string; Detail?: string }[] = [];
    jest.spyOn(eventBridgeClient(), 'send').mockImplementation((async (command: {
      input: { Entries: typeof events };
    }) => {
      events.push(...command.input.Entries);
      return {};
    }) as never);
    return events;
  };
  const deadline = { seconds: 3600, from: 'start', channels: [TOPIC] } as const;

  it('that passes while the run goes on is told once', async () => {
    await deploy('late', { deadline });
    const run = await begin('late');
    const events = published();
    now = '2026-11-21T08:59:59Z';
    expect(await checkDeadlines('late', place)).toEqual([]);
    now = '2026-11-21T09:00:00Z';
    expect(await checkDeadlines('late', place)).toEqual([run.id]);
    const detail = JSON.parse(events[0]?.Detail ?? '') as never;
    expect(events[0]?.DetailType).toBe('Deadline Missed');
    expect(detail).toMatchObject({ run: run.id, state: 'running', deadline: '2026-11-21T09:00:00.000Z' });
    const to = carriers();
    await notify({ type: 'Deadline Missed', detail }, place, to);
    expect(await checkDeadlines('late', place)).toEqual([]);
    await notify(
      ended('late', {
        run: run.id,
        status: 'success',
        startedAt: run.startedAt,
        endedAt: now.replace('00Z', '01Z'),
      }),
      place,
      to,
    );
    expect(to.sent).toHaveLength(1);
  });

  it('of a task is told once too: while it goes on, before it begins, and at the end of a run that nobody looked at', async () => {
    const of = (seconds: number, from: 'start' | 'logical-date' = 'start') => ({
      retries: 0,
      deadline: { seconds, from, channels: [TOPIC] },
    });
    await deploy('parts', {
      tasks: {
        load: of(600),
        train: of(600),
        done: of(600),
        publish: of(7200),
        queued: of(600, 'logical-date'),
      },
    });
    now = '2026-11-21T08:00:00Z';
    const run = await begin('parts');
    const attempt = { attempt: 1, execution: arn('parts', 'a'), startedAt: now, invocation: 'i' };
    await startTask(run.id, { ...attempt, task: 'load', status: 'running', redrive: 0 });
    await startTask(run.id, { ...attempt, task: 'done', status: 'running', redrive: 0 });
    await failTask(run.id, {
      ...attempt,
      task: 'done',
      status: 'failed',
      endedAt: now,
      error: { name: 'No', message: 'no' },
    });
    const events = published();
    now = '2026-11-21T08:09:59Z';
    expect(await checkDeadlines('parts', place)).toEqual([run.id]);
    now = '2026-11-21T08:10:00Z';
    expect(await checkDeadlines('parts', place)).toEqual([run.id]);
    const details = events.map(({ Detail = '' }) => JSON.parse(Detail) as never);
    expect(details.slice(0, 1)).toMatchObject([{ task: 'queued', state: 'waiting' }]);
    expect(details.slice(1)).toMatchObject([
      { task: 'load', state: 'running', deadline: '2026-11-21T08:10:00.000Z' },
      { task: 'train', state: 'waiting' },
      { task: 'queued' },
    ]);
    const to = carriers();
    for (const detail of details) await notify({ type: 'Deadline Missed', detail }, place, to);
    expect(to.sent.map(({ what }) => (what as { subject: string }).subject).sort()).toEqual([
      '[test] parts: load is late',
      '[test] parts: queued is late',
      '[test] parts: train is late',
    ]);
    expect(await checkDeadlines('parts', place)).toEqual([]);
    // Nobody looks again before the run has ended.
    const end = { ...attempt, endedAt: '2026-11-21T10:00:01Z' };
    await startTask(run.id, { ...attempt, task: 'publish', status: 'running', redrive: 0 });
    for (const task of ['load', 'publish'])
      await failTask(run.id, { ...end, task, status: 'failed', error: { name: 'No', message: 'no' } });
    await notify(ended('parts', { run: run.id, startedAt: run.startedAt, endedAt: end.endedAt }), place, to);
    expect(to.sent.slice(3)).toMatchObject([{ what: { subject: '[test] parts: publish is late' } }]);
  });

  it('is noticed at the end of a run that nobody looked at meanwhile', async () => {
    await deploy('ends', { deadline: { ...deadline, from: 'logical-date' } });
    const to = carriers();
    await notify(ended('ends', { status: 'success', failed: [] }), place, to);
    expect(to.sent).toEqual([]);
    await notify(ended('ends', { endedAt: '2026-11-21T07:00:01Z', status: 'success' }), place, to);
    expect(to.sent).toMatchObject([{ what: { subject: '[test] ends is late' } }]);
  });

  it('counts from the logical date also for a run that never started', async () => {
    await deploy('queued', { deadline: { ...deadline, from: 'logical-date' } });
    const events = published();
    const runId = await putQueued('queued', '2026-11-21T06:00:00.000Z');
    expect(await checkDeadlines('queued', place)).toEqual([runId]);
    expect(JSON.parse(events[0]?.Detail ?? '')).toMatchObject({ state: 'queued' });
  });

  it('of a run that ended is no longer looked at', async () => {
    await deploy('done', { deadline });
    const run = await begin('done');
    const attempt = { task: 'x', attempt: 1, execution: arn('done', 'a'), startedAt: now, invocation: 'i' };
    await startTask(run.id, { ...attempt, status: 'running', redrive: 0 });
    await failTask(run.id, { ...attempt, status: 'failed', error: { name: 'Oops', message: 'no' } });
    await finishRun({ run, execution: arn('done', 'a'), tasks: { x: 'failed' }, leaves: ['x'] });
    now = '2026-11-22T09:00:00Z';
    const events = published();
    expect(await checkDeadlines('done', place)).toEqual([]);
    await announceEnd({ detail: { executionArn: arn('done', 'a'), name: 'a', status: 'FAILED' } });
    expect(events.map((event) => event.DetailType)).toEqual(['Task Failed', 'Run Ended']);
    expect(JSON.parse(events[1]?.Detail ?? '')).toMatchObject({
      run: run.id,
      status: 'failed',
      failed: [{ task: 'x', error: { name: 'Oops' } }],
    });
  });
});
