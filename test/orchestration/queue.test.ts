import { DeleteStateMachineCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoTable } from '../../lib/aws/dynamo-table';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { afterExecution, sweep } from '../../lib/orchestration/after-run';
import { backfill, backfillProgress, cancelBackfill, listBackfills } from '../../lib/orchestration/backfill';
import { beginRun } from '../../lib/orchestration/begin-run';
import { cancelRun, markTask } from '../../lib/orchestration/change-run';
import { readAudit } from '../../lib/orchestration/audit';
import { finishRun } from '../../lib/orchestration/finish-run';
import { answer } from '../../lib/orchestration/launcher';
import { launchRun, type LaunchRequest } from '../../lib/orchestration/launch-run';
import { readState } from '../../lib/orchestration/pipeline-state';
import type { Place } from '../../lib/orchestration/place';
import { readQueue } from '../../lib/orchestration/queue';
import { readRun } from '../../lib/orchestration/read-run';
import { rerun } from '../../lib/orchestration/rerun';
import { serveTicks } from '../../lib/orchestration/serve-ticks';
import { readSlots } from '../../lib/orchestration/slots';
import { startTask, succeedTask } from '../../lib/orchestration/task-record';
import type { Policy } from '../../lib/model/schedule';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
let requests = 0;
let now = '2026-11-21T06:00:00Z';
const place: Place = {
  machineArn: (name) => `${MACHINES}${name}`,
  now: () => new Date(now),
  get requestId() {
    return `request-${++requests}`;
  },
};

beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

const PARAMS = { type: 'object', properties: { n: { type: 'integer' }, source: { type: 'string' } } };

const POLICY: Policy = {
  schedule: { kind: 'none' },
  catchup: false,
  logicalDate: 'interval-start',
  maxActiveRuns: 2,
  dependsOnPast: false,
};

/** A machine that goes on until it is stopped. */
async function deploy(pipeline: string, policy: Partial<Policy> = {}): Promise<void> {
  await aws.createMachine(`millrace-test-${pipeline}`, {
    QueryLanguage: 'JSONata',
    StartAt: 'Begin',
    States: {
      Begin: {
        Type: 'Choice',
        Choices: [{ Condition: '{% false %}', Next: 'Never' }],
        Default: 'Wait',
      },
      Never: { Type: 'Succeed' },
      Wait: { Type: 'Wait', Seconds: 86_400, Next: 'Never' },
    },
    Comment: '',
  });
  policies.set(`millrace-test-${pipeline}`, { ...POLICY, ...policy });
}

const policies = new Map<string, Policy>();
// Hoisted above the constants: what it uses is looked up when it is called.
jest.mock('../../lib/orchestration/deployed-pipelines', () => ({
  ...jest.requireActual<object>('../../lib/orchestration/deployed-pipelines'),
  readDeployed: async (machineArn: string, pipeline: string) => {
    const policy = policies.get(machineArn.split(':').at(-1) ?? '');
    if (policy !== undefined) return { paramsSchema: PARAMS, policy };
    const { readDeployed } = jest.requireActual<{ readDeployed: (...names: string[]) => Promise<unknown> }>(
      '../../lib/orchestration/deployed-pipelines',
    );
    return readDeployed(machineArn, pipeline);
  },
}));

// Of each a tenth and less: what is tested happens with as few dates.
jest.mock('../../lib/orchestration/backfill-pace', () => ({ MOST_WAITING: 10, PIECE: 4 }));

const launch = (pipeline: string, more: Partial<LaunchRequest> = {}) =>
  launchRun({ pipeline, ...more }, place);
const holders = async (pipeline: string) => Object.keys((await readSlots(pipeline)).holders);
const waiting = async (pipeline: string) => (await readQueue(pipeline)).map((run) => run.runId);
const stop = (executionArn: string) => sfnClient().send(new StopExecutionCommand({ executionArn }));
const arnOf = (pipeline: string, name: string) =>
  `arn:aws:states:us-east-1:000000000000:execution:millrace-test-${pipeline}:${name}`;

/** What the machine's own first and last state would do. */
async function play(pipeline: string, runId: string, status: 'success' | 'failed', execution = runId) {
  const arn = arnOf(pipeline, execution);
  const input = await inputOf(arn);
  const run = await beginRun({
    pipeline,
    execution: { arn, name: execution, startTime: now },
    input,
    paramsSchema: PARAMS,
    code: { commit: 'abc', dirty: false },
  });
  await startTask(run.id, {
    task: 'x',
    status: 'running',
    attempt: 1,
    redrive: 0,
    execution: arn,
    startedAt: now,
  });
  if (status === 'success')
    await succeedTask(run.id, {
      task: 'x',
      status: 'success',
      attempt: 1,
      execution: arn,
      startedAt: now,
      result: { status: 'success', out: 1 },
    });
  await finishRun({ run, execution: arn, tasks: { x: status }, leaves: ['x'] });
  await stop(arn);
  return afterExecution(pipeline, arn, place);
}

async function inputOf(executionArn: string) {
  const { DescribeExecutionCommand } = await import('@aws-sdk/client-sfn');
  const { input } = await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
  return JSON.parse(input ?? '{}') as never;
}

describe('max active runs', () => {
  it('lets the third wait, and starts it when one has ended', async () => {
    await deploy('slots');
    const [a, b, c] = [await launch('slots'), await launch('slots'), await launch('slots')];
    expect([a.queued, b.queued, c.queued]).toEqual([false, false, true]);
    expect(await waiting('slots')).toEqual([c.runId]);
    expect(await play('slots', a.runId, 'success')).toEqual([c.runId]);
    expect(new Set(await holders('slots'))).toEqual(new Set([b.runId, c.runId]));
    expect(await waiting('slots')).toEqual([]);
  });

  it('counts once when an end is told twice, and ten launches at once take two slots', async () => {
    await deploy('race');
    const launched = await Promise.all(Array.from({ length: 10 }, () => launch('race')));
    expect(await holders('race')).toHaveLength(2);
    const [first] = launched.filter((one) => !one.queued);
    await stop(first?.executionArn ?? '');
    await Promise.all([1, 2].map(() => afterExecution('race', first?.executionArn ?? '', place)));
    expect(await holders('race')).toHaveLength(2);
    expect(await waiting('race')).toHaveLength(7);
  });

  it('finds slots whose executions ended without a word', async () => {
    await deploy('lost', { maxActiveRuns: 1 });
    const a = await launch('lost');
    const b = await launch('lost');
    await stop(a.executionArn);
    now = '2026-11-21T06:30:00Z';
    const swept = await sweep(place);
    expect(swept.released).toContain(a.runId);
    expect(swept.started).toContain(b.runId);
  });

  it('passes over a pipeline that was removed with runs in its queue', async () => {
    await deploy('removed', { maxActiveRuns: 1 });
    await deploy('stays', { maxActiveRuns: 1 });
    const [first] = [await launch('removed', { token: 'a' }), await launch('removed', { token: 'b' })];
    const slow = await launch('stays', { token: 'a' });
    const after = await launch('stays', { token: 'b' });
    policies.delete('millrace-test-removed');
    await sfnClient().send(
      new DeleteStateMachineCommand({ stateMachineArn: `${MACHINES}millrace-test-removed` }),
    );
    for (const { executionArn } of [first, slow]) await stop(executionArn);
    const earlier = now;
    now = '2026-11-21T07:00:00Z';
    const { started } = await sweep(place);
    now = earlier;
    expect(started).toContain(after.runId);
    expect(await waiting('removed')).toHaveLength(1);
  });

  it('starts what took a slot and was cut off before it started', async () => {
    await deploy('cut', { maxActiveRuns: 1 });
    const send = jest.spyOn(sfnClient(), 'send').mockRejectedValueOnce(new Error('cut off') as never);
    await expect(launch('cut', { token: 'once' })).rejects.toThrow('cut off');
    send.mockRestore();
    expect(await holders('cut')).toHaveLength(1);
    expect(await waiting('cut')).toHaveLength(1);
    const again = await launch('cut', { token: 'once' });
    expect(again.queued).toBe(false);
    expect(await holders('cut')).toEqual([again.runId]);
  });

  it('takes a cancelled run out of the queue, and stops one that goes on', async () => {
    await deploy('cancel', { maxActiveRuns: 1 });
    const a = await launch('cancel');
    const b = await launch('cancel');
    expect(await cancelRun(b.runId, 'cancel', { by: 'ana' }, place)).toBe('dequeued');
    expect(await waiting('cancel')).toEqual([]);
    await beginRun({
      pipeline: 'cancel',
      execution: { arn: a.executionArn, name: a.runId, startTime: now },
      input: await inputOf(a.executionArn),
      paramsSchema: PARAMS,
      code: { commit: 'abc', dirty: false },
    });
    expect(await cancelRun(a.runId, undefined, { by: 'ana', why: 'wrong data' }, place)).toBe('stopped');
    expect(await readAudit(a.runId)).toMatchObject([
      { action: 'start', by: 'manual' },
      { action: 'cancel', by: 'ana', why: 'wrong data' },
    ]);
    await expect(cancelRun('nobody', undefined, { by: 'ana' }, place)).rejects.toThrow('neither going on');
  });
});

describe('schedules', () => {
  const daily: Policy['schedule'] = { kind: 'cron', expression: '0 6 * * *', timeZone: 'UTC' };

  it('start the run of the interval that has ended, once', async () => {
    now = '2026-11-21T06:00:01Z';
    await deploy('daily', { schedule: daily, startDate: '2026-11-01' });
    const first = await serveTicks('daily', 'tick', place);
    expect(first.runIds).toHaveLength(1);
    expect(await serveTicks('daily', 'tick', place)).toEqual({ runIds: [], more: false });
    expect(await inputOf(arnOf('daily', first.runIds[0] ?? ''))).toMatchObject({
      trigger: 'schedule',
      logicalDate: '2026-11-20T06:00:00.000Z',
      dataIntervalStart: '2026-11-20T06:00:00.000Z',
      dataIntervalEnd: '2026-11-21T06:00:00.000Z',
    });
  });

  it('catch up from the start date, oldest first, as many at once as may be active', async () => {
    now = '2026-11-21T06:00:01Z';
    await deploy('behind', { schedule: daily, startDate: '2026-11-16', catchup: true });
    const { runIds } = await serveTicks('behind', 'deployed', place);
    expect(runIds).toHaveLength(5);
    expect(await holders('behind')).toEqual(runIds.slice(0, 2));
    expect(await waiting('behind')).toEqual(runIds.slice(2));
  });

  it('miss nothing and double nothing when a launcher dies between queue and mark', async () => {
    now = '2026-11-21T06:00:01Z';
    await deploy('dies', { schedule: daily, startDate: '2026-11-10', catchup: true, maxActiveRuns: 100 });
    const update = jest.spyOn(DynamoTable.prototype, 'update');
    for (let i = 0; i < 3; i++) {
      update.mockRejectedValueOnce(new Error('killed'));
      await expect(serveTicks('dies', 'tick', place)).rejects.toThrow('killed');
    }
    update.mockRestore();
    await serveTicks('dies', 'tick', place);
    const dates = await Promise.all(
      (await holders('dies')).map(
        async (id) => ((await inputOf(arnOf('dies', id))) as { logicalDate: string }).logicalDate,
      ),
    );
    expect(dates.sort()).toEqual(Array.from({ length: 11 }, (_, i) => `2026-11-${10 + i}T06:00:00.000Z`));
  });

  it('are silent while paused; on resume the latest missed tick comes', async () => {
    now = '2026-11-20T07:00:00Z';
    await deploy('paused', { schedule: daily, startDate: '2026-11-01' });
    await answer({ action: 'pause', pipeline: 'paused', by: 'ana', why: 'audit' }, place);
    expect(await readState('paused')).toMatchObject({ paused: true, by: 'ana', why: 'audit' });
    now = '2026-11-21T06:00:01Z';
    expect(await answer({ action: 'tick', pipeline: 'paused' }, place)).toEqual({ runIds: [], more: false });
    const byHand = await launch('paused');
    expect(byHand.queued).toBe(true);
    const resumed = (await answer({ action: 'resume', pipeline: 'paused', by: 'ana' }, place)) as {
      runIds: string[];
    };
    expect(resumed.runIds).toHaveLength(1);
    expect(await waiting('paused')).toEqual([]);
  });

  it('hold the next date back until the one before has succeeded', async () => {
    now = '2026-11-21T06:00:01Z';
    await deploy('past', { schedule: daily, startDate: '2026-11-17', catchup: true, dependsOnPast: true });
    const { runIds } = await serveTicks('past', 'deployed', place);
    const [first = '', second = '', ...later] = runIds;
    expect(await holders('past')).toEqual([first]);
    expect(await play('past', first, 'success')).toEqual([second]);
    expect(await play('past', second, 'failed')).toEqual([]);
    expect(await waiting('past')).toEqual(later);
    await rerun({ runId: second, by: 'ana' }, place);
    expect(await holders('past')).toEqual([second]);
    expect(await play('past', second, 'success', `${second}--r2`)).toEqual([later[0]]);
  });
});

describe('files that arrive', () => {
  it('start one run each, however often they are told', async () => {
    await deploy('files');
    const event = {
      action: 'object-created',
      pipeline: 'files',
      param: 'source',
      bucket: 'millrace-test-data',
      key: 'raw/caf%C3%A9+1.csv',
      size: 10,
      version: 'v1',
    };
    const first = (await answer(event, place)) as { runId: string; executionArn: string };
    expect(await answer(event, place)).toMatchObject({ runId: first.runId });
    expect(await inputOf(first.executionArn)).toMatchObject({
      trigger: 'object-created',
      params: { source: 'raw/café 1.csv' },
    });
    expect(await answer({ ...event, version: 'v2' }, place)).not.toMatchObject({ runId: first.runId });
  });

  it('refuse an event that is none', async () => {
    await expect(answer({ action: 'object-created', pipeline: 'files' }, place)).rejects.toThrow(
      'does not know',
    );
    await expect(answer({ action: 'dance' }, place)).rejects.toMatchObject({
      name: 'Millrace.InvalidRequest',
    });
  });
});

describe('backfill', () => {
  const hourly: Policy['schedule'] = { kind: 'interval', seconds: 3600 };

  it('runs the dates of a range, so many at once, shows its progress, and can be cancelled', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('months', { schedule: hourly, startDate: '2026-11-20', maxActiveRuns: 10 });
    const request = {
      pipeline: 'months',
      from: '2026-11-20T00:00:00Z',
      to: '2026-11-20T05:00:00Z',
      maxActive: 2,
    };
    const dry = await backfill({ ...request, dryRun: true }, place);
    expect(dry.dates.map((date) => date.action)).toEqual(Array(6).fill('run'));
    expect(await holders('months')).toEqual([]);
    const { id } = await backfill(request, place);
    expect(await holders('months')).toHaveLength(2);
    const [first = ''] = await holders('months');
    expect(first).toContain('--backfill--20261120T000000Z');
    await play('months', first, 'success');
    expect(await backfillProgress('months', id)).toMatchObject({
      ticks: 6,
      // Those that hold a slot have been started, and have not begun.
      statuses: { success: 1, running: 2, queued: 3 },
    });
    expect(await cancelBackfill('months', id)).toBe(3);
    expect(await waiting('months')).toEqual([]);
  });

  it('puts its dates into the queue as they are used up, and what is not there yet waits too', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('long', { schedule: hourly, startDate: '2026-11-01', maxActiveRuns: 7 });
    const request = {
      pipeline: 'long',
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-01T13:00:00Z',
      maxActive: 7,
    };
    const { id, dates } = await backfill(request, place);
    expect(dates).toHaveLength(14);
    expect([(await holders('long')).length, (await waiting('long')).length]).toEqual([7, 5]);
    expect(await backfillProgress('long', id)).toMatchObject({
      status: 'enqueueing',
      next: '2026-11-01T12:00:00.000Z',
      statuses: { running: 7, queued: 7 },
    });
    const [first = ''] = await holders('long');
    expect(await play('long', first, 'success')).toHaveLength(1);
    const left = await waiting('long');
    expect(left).toHaveLength(6);
    expect(new Set([...left, ...(await holders('long')), first]).size).toBe(14);
    expect(await backfillProgress('long', id)).toMatchObject({
      status: 'queued',
      statuses: { success: 1, running: 7, queued: 6 },
    });
  });

  it('that is cancelled takes along what is not in the queue yet', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('far', { schedule: hourly, startDate: '2026-11-01', maxActiveRuns: 1 });
    const range = { pipeline: 'far', from: '2026-11-01T00:00:00Z', to: '2026-11-01T23:00:00Z' };
    const { id } = await backfill(range, place);
    expect(await cancelBackfill('far', id)).toBe(23);
    expect(await waiting('far')).toEqual([]);
    await sweep(place);
    expect(await waiting('far')).toEqual([]);
    expect(await backfillProgress('far', id)).toMatchObject({
      status: 'cancelled',
      statuses: { running: 1 },
    });
  });

  it.each([1, 2, 4, 6, 7])(
    'goes on by itself when the launcher dies before write %i: no date is lost, none runs twice',
    async (writes) => {
      now = '2026-11-21T12:00:00Z';
      const pipeline = `dies-${writes}`;
      await deploy(pipeline, { schedule: hourly, startDate: '2026-11-20', maxActiveRuns: 50 });
      const range = { from: '2026-11-20T00:00:00Z', to: '2026-11-20T05:00:00Z', maxActive: 50 };
      let left = writes + 1;
      for (const name of ['update', 'transact'] as const) {
        const original = Reflect.get(DynamoTable.prototype, name) as (...given: unknown[]) => Promise<never>;
        jest.spyOn(DynamoTable.prototype, name).mockImplementation(async function (
          this: DynamoTable,
          ...given: unknown[]
        ) {
          if (--left <= 0) throw new Error('killed');
          return original.apply(this, given);
        });
      }
      await expect(backfill({ pipeline, ...range }, place)).rejects.toThrow('killed');
      jest.restoreAllMocks();
      // Whoever asks how far it is goes on with it, as the sweep does, which starts also what had been queued.
      const [asked] = await listBackfills(pipeline);
      if (writes % 2 === 0) await answer({ action: 'backfill-progress', pipeline, id: asked?.id }, place);
      await sweep(place);
      const runs = await holders(pipeline);
      expect([runs.length, await waiting(pipeline)]).toEqual([6, []]);
      expect(new Set(runs).size).toBe(6);
    },
  );

  it('runs a date again once, also when it died while it put it into the queue', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('twice', { schedule: hourly, startDate: '2026-11-20', maxActiveRuns: 10 });
    const range = { pipeline: 'twice', from: '2026-11-20T00:00:00Z', to: '2026-11-20T02:00:00Z' };
    await backfill({ ...range, maxActive: 5 }, place);
    const runs = await holders('twice');
    for (const run of runs) await play('twice', run, 'success');
    jest.spyOn(DynamoTable.prototype, 'update').mockImplementationOnce(async () => {
      throw new Error('killed');
    });
    await expect(backfill({ ...range, maxActive: 5, reprocess: 'all' }, place)).rejects.toThrow('killed');
    jest.restoreAllMocks();
    await sweep(place);
    expect(await holders('twice')).toHaveLength(3);
    for (const run of runs) await play('twice', run, 'success', `${run}--r2`);
    await sweep(place);
    expect([await holders('twice'), await waiting('twice')]).toEqual([[], []]);
    for (const run of runs)
      expect((await readRun(run))?.record.executions).toEqual([
        arnOf('twice', run),
        arnOf('twice', `${run}--r2`),
      ]);
  });

  it('can be asked for again after it was cancelled', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('anew', { schedule: hourly, startDate: '2026-11-20', maxActiveRuns: 10 });
    const request = { pipeline: 'anew', from: '2026-11-20T00:00:00Z', to: '2026-11-20T02:00:00Z' };
    const { id } = await backfill(request, place);
    expect(await cancelBackfill('anew', id)).toBe(2);
    const again = await backfill({ ...request, maxActive: 3 }, place);
    expect(again.dates.map((date) => date.action)).toEqual(['run', 'run', 'run']);
    expect(await holders('anew')).toHaveLength(3);
    expect(await waiting('anew')).toEqual([]);
  });

  it('stops at the first failure when it is asked to, and lets what goes on end', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('stops', { schedule: hourly, startDate: '2026-11-20', maxActiveRuns: 10 });
    const request = {
      pipeline: 'stops',
      from: '2026-11-20T00:00:00Z',
      to: '2026-11-20T04:00:00Z',
      maxActive: 2,
    };
    const { id } = await backfill({ ...request, stopOnFailure: true }, place);
    const [a = '', b = ''] = await holders('stops');
    expect(await play('stops', a, 'success')).toHaveLength(1);
    expect(await play('stops', b, 'failed')).toEqual([]);
    expect(await waiting('stops')).toEqual([]);
    const [c = '', ...others] = await holders('stops');
    expect(others).toEqual([]);
    expect(await play('stops', c, 'success')).toEqual([]);
    expect(await backfillProgress('stops', id)).toMatchObject({
      status: 'stopped',
      statuses: { success: 2, failed: 1 },
    });
    // The same range without it: what failed stays, what never ran runs.
    await backfill(request, place);
    expect(await holders('stops')).toHaveLength(2);
  });

  it('leaves, repeats what failed, or repeats all', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('again', { schedule: hourly, startDate: '2026-11-20', maxActiveRuns: 10 });
    const request = {
      pipeline: 'again',
      from: '2026-11-20T00:00:00Z',
      to: '2026-11-20T01:00:00Z',
      maxActive: 5,
    };
    await backfill(request, place);
    const [a = '', b = ''] = await holders('again');
    await play('again', a, 'success');
    await play('again', b, 'failed');
    const actions = async (reprocess: 'none' | 'failed' | 'all') =>
      (await backfill({ ...request, reprocess, dryRun: true }, place)).dates.map((date) => date.action);
    expect(await actions('none')).toEqual(['leave', 'leave']);
    expect(await actions('failed')).toEqual(['leave', 'rerun']);
    expect(await actions('all')).toEqual(['rerun', 'rerun']);
    await backfill({ ...request, reprocess: 'failed' }, place);
    expect(await holders('again')).toEqual([b]);
  });

  it.each([
    [{ from: '2026-11-21', to: '2026-11-20' }, 'no range of dates'],
    [{ from: 'soon', to: '2026-11-20' }, 'no range of dates'],
    [{ from: '2026-11-20', to: '2026-11-20', maxActive: 0 }, 'maxActive'],
    [{ from: '2020-01-01', to: '2026-11-20' }, 'Confirm it'],
  ])('refuses %j', async (range, message) => {
    now = '2026-11-21T12:00:00Z';
    await deploy('refused', { schedule: hourly });
    await expect(backfill({ pipeline: 'refused', ...range }, place)).rejects.toThrow(message);
    expect(await waiting('refused')).toEqual([]);
  });

  it('needs a schedule', async () => {
    await deploy('unscheduled');
    await expect(
      backfill({ pipeline: 'unscheduled', from: '2026-11-20', to: '2026-11-20' }, place),
    ).rejects.toThrow('has no schedule');
  });
});

describe('rerun', () => {
  it('keeps what succeeded, forgets what is cleared, and says who asked', async () => {
    now = '2026-11-21T12:00:00Z';
    await deploy('rerun');
    const { runId } = await launch('rerun', { params: { n: 1 } });
    await expect(rerun({ runId }, place)).rejects.toThrow('There is no run');
    await play('rerun', runId, 'success');
    await rerun({ runId, by: 'ana' }, place);
    expect((await readRun(runId))?.tasks.map((task) => task.status)).toEqual(['success']);
    expect(await inputOf(arnOf('rerun', `${runId}--r2`))).toMatchObject({ runId, params: { n: 1 } });
    await play('rerun', runId, 'success', `${runId}--r2`);
    now = '2026-11-21T12:00:01Z';
    await rerun({ runId, clear: ['x'], by: 'ben', why: 'new code' }, place);
    expect((await readRun(runId))?.tasks).toEqual([]);
    expect((await readAudit(runId)).map((entry) => [entry.action, entry.by]).sort()).toEqual([
      ['clear', 'ben'],
      ['rerun', 'ana'],
      ['start', 'manual'],
    ]);
  });

  it('refuses a run that goes on; a task can be marked', async () => {
    await deploy('marked');
    const { runId, executionArn } = await launch('marked');
    await beginRun({
      pipeline: 'marked',
      execution: { arn: executionArn, name: runId, startTime: now },
      input: await inputOf(executionArn),
      paramsSchema: PARAMS,
      code: { commit: 'abc', dirty: false },
    });
    await expect(rerun({ runId }, place)).rejects.toThrow('is going on');
    await play('marked', runId, 'failed');
    await markTask(runId, 'x', { status: 'success', out: 5 }, { by: 'ana' }, place);
    expect((await readRun(runId))?.tasks[0]).toMatchObject({
      status: 'success',
      result: { status: 'success', out: 5 },
    });
    await expect(markTask(runId, 'y', { status: 'success' }, { by: 'ana' }, place)).rejects.toThrow(
      "no task 'y'",
    );
  });
});
