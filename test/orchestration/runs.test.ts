import type { BeginEvent, FinishEvent, TaskStatus } from '../../lib/model/envelope';
import type { Json, JsonObject } from '../../lib/model/json';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { beginRun } from '../../lib/orchestration/begin-run';
import { endRunOf, type ExecutionEnded } from '../../lib/orchestration/end-run';
import { finishRun } from '../../lib/orchestration/finish-run';
import { listRuns } from '../../lib/orchestration/list-runs';
import { readRun } from '../../lib/orchestration/read-run';
import { failTask, startTask, succeedTask, type TaskRecord } from '../../lib/orchestration/task-record';
import { getRun } from '../../lib/tracking/runs';
import { openTaskTracking } from '../../lib/tracking/task-tracking';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { taskEvent } from '../support/task-event';

let aws: LocalAws;
let machine: string;
let count = 0;
let pipeline: string;
beforeAll(async () => {
  aws = await startLocalAws();
  machine = await aws.createMachine('waits', {
    QueryLanguage: 'JSONata',
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', Seconds: 86_400, End: true } },
  });
});
afterAll(async () => aws.stop());
beforeEach(() => {
  pipeline = `pipeline-${++count}`;
});

const schema: JsonObject = {
  type: 'object',
  properties: { rows: { type: 'integer', default: 10 } },
};

const arnOf = (name: string) =>
  `arn:aws:states:us-east-1:000000000000:execution:millrace-test-${pipeline}:${name}`;

function begin(name: string, input: Json = {}, arn = arnOf(name)): BeginEvent {
  return {
    pipeline,
    execution: { arn, name, startTime: '2026-11-21T06:00:00.123Z' },
    input,
    paramsSchema: schema,
    code: { commit: 'abc123', dirty: false },
  };
}

function running(task: string, execution: string, invocation = `of ${task}`) {
  return {
    task,
    status: 'running',
    attempt: 1,
    redrive: 0,
    execution,
    invocation,
    startedAt: '2026-11-21T06:00:01.000Z',
  } as const satisfies TaskRecord;
}

const ended = (
  execution: string,
  status: ExecutionEnded['detail']['status'],
  more: Partial<ExecutionEnded['detail']> = {},
): ExecutionEnded => ({
  detail: {
    executionArn: execution,
    name: execution.split(':').at(-1) ?? '',
    status,
    stopDate: Date.parse('2026-11-21T07:00:00Z'),
    ...more,
  },
});

const finish = async (
  run: Awaited<ReturnType<typeof beginRun>>,
  execution: string,
  tasks: Record<string, TaskStatus>,
  leaves: string[],
  further: Partial<FinishEvent> = {},
) => finishRun({ run, execution, tasks, leaves, ...further });

describe('beginning a run', () => {
  it('by hand, with {}, makes its context of the execution', async () => {
    expect(await beginRun(begin('by-hand'))).toEqual({
      id: `${pipeline}--manual--by-hand`,
      pipeline,
      params: { rows: 10 },
      trigger: 'manual',
      logicalDate: '2026-11-21T06:00:00.123Z',
      dataIntervalStart: '2026-11-21T06:00:00.123Z',
      dataIntervalEnd: '2026-11-21T06:00:00.123Z',
      ds: '2026-11-21',
      dsNodash: '20261121',
      startedAt: '2026-11-21T06:00:00.123Z',
      code: { commit: 'abc123', dirty: false },
    });
    const recorded = await readRun(`${pipeline}--manual--by-hand`);
    expect(recorded?.record).toMatchObject({ status: 'running', executions: [arnOf('by-hand')] });
    expect(await listRuns(pipeline, 5)).toMatchObject([
      { runId: `${pipeline}--manual--by-hand`, status: 'running', trigger: 'manual' },
    ]);
  });

  it('by the launcher takes id, params, trigger and interval from the input, in UTC', async () => {
    const run = await beginRun(
      begin('x', {
        runId: `${pipeline}-r`,
        params: { rows: 5 },
        trigger: 'schedule',
        logicalDate: '2026-11-20T23:30:00-02:00',
        dataIntervalEnd: '2026-11-22T00:00:00Z',
      }),
    );
    expect(run).toMatchObject({
      id: `${pipeline}-r`,
      params: { rows: 5 },
      trigger: 'schedule',
      logicalDate: '2026-11-21T01:30:00.000Z',
      dataIntervalStart: '2026-11-21T01:30:00.000Z',
      dataIntervalEnd: '2026-11-22T00:00:00.000Z',
      ds: '2026-11-21',
    });
  });

  it('again in the same execution, later or at the same time, gives the same context', async () => {
    const event = begin('twice');
    const contexts = await Promise.all([beginRun(event), beginRun(event), beginRun(event)]);
    contexts.push(await beginRun(event));
    for (const context of contexts) expect(context).toEqual(contexts[0]);
    expect((await readRun(contexts[0]?.id ?? ''))?.record.executions).toEqual([arnOf('twice')]);
  });

  it('in a second execution while the first lives is refused; of many at once, one gets it', async () => {
    const arns = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => aws.startExecution(machine, `${pipeline}-${name}`)),
    );
    const outcomes = await Promise.allSettled(
      arns.map((arn, i) => beginRun(begin(`e${i}`, { runId: `${pipeline}-one` }, arn))),
    );
    const won = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [arns[i]] : []));
    expect(won).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({
          name: 'Millrace.RunAlreadyRunning',
          message: `The logical run ${pipeline}-one is going on in ${won[0]}. Wait for its end, or stop that execution, then start again.`,
        });
      }
    }
    expect(await listRuns(pipeline, 5)).toHaveLength(1);
  });

  it('after the end in another execution is a rerun of the same run', async () => {
    const first = await beginRun(begin('r1', { runId: `${pipeline}-rerun` }));
    await finish(first, arnOf('r1'), { train: 'failed' }, ['train']);
    const again = await beginRun({
      ...begin('r2', { runId: `${pipeline}-rerun` }),
      execution: { arn: arnOf('r2'), name: 'r2', startTime: '2026-11-21T09:00:00.000Z' },
    });
    expect(again.startedAt).toBe(first.startedAt);
    const { record } = (await readRun(first.id)) ?? {};
    expect(record).toMatchObject({
      status: 'running',
      execution: arnOf('r2'),
      executions: [arnOf('r1'), arnOf('r2')],
    });
    expect(record).not.toHaveProperty('endedAt');
    expect(await listRuns(pipeline, 5)).toMatchObject([{ status: 'running', execution: arnOf('r2') }]);
  });

  it('takes over a run whose execution has ended without anybody being told', async () => {
    // Step Functions does not know this execution any more.
    await beginRun(begin('lost', { runId: `${pipeline}-lost` }));
    await beginRun(begin('next', { runId: `${pipeline}-lost` }));
    expect((await readRun(`${pipeline}-lost`))?.record.execution).toBe(arnOf('next'));
  });

  it.each([
    [{ rows: 5 }, 'rows: not known here; params belong under "params"'],
    [{ params: { rows: 'x' } }, 'rows: expected number, got "x"'],
    [{ params: { row: 1 } }, 'row: there is no such param'],
    [{ logicalDate: 'yesterday' }, 'logicalDate: must be an ISO 8601 instant'],
    [{ runId: 'a/b' }, 'runId: must have at most 80 characters'],
    [{ trigger: 'magic' }, 'trigger: '],
    ['text', '(input): '],
  ])('with the input %j is refused before anything is written', async (input, message) => {
    await expect(beginRun(begin('bad', input))).rejects.toMatchObject({
      name: 'Millrace.InvalidParams',
      message: expect.stringContaining(message) as unknown,
    });
    expect(await listRuns(pipeline, 5)).toEqual([]);
  });

  it('takes the console’s own example as an empty input', async () => {
    const run = await beginRun(begin('console', { Comment: 'Insert your JSON here' }));
    expect(run.params).toEqual({ rows: 10 });
  });

  it('refuses the id of another pipeline’s run', async () => {
    const run = await beginRun(begin('mine'));
    const other = { ...begin('theirs', { runId: run.id }), pipeline: 'another' };
    await expect(beginRun(other)).rejects.toThrow(`belongs to the pipeline ${pipeline}`);
  });
});

describe('finishing a run', () => {
  it('records the ends that tasks could not record, and leaves those alone that did', async () => {
    const run = await beginRun(begin('f'));
    const arn = arnOf('f');
    await startTask(run.id, running('ingest', arn));
    await succeedTask(run.id, {
      ...running('ingest', arn),
      status: 'success',
      result: { status: 'success', out: 1 },
    });
    await startTask(run.id, running('killed', arn));
    await startTask(run.id, running('broken', arn));
    await failTask(run.id, {
      ...running('broken', arn),
      status: 'failed',
      error: { name: 'TypeError', message: 'x' },
    });
    const result = await finish(
      run,
      arn,
      {
        ingest: 'success',
        killed: 'failed',
        broken: 'failed',
        unreached: 'failed',
        called: 'failed',
        branch: 'success',
        after: 'upstream_failed',
        other: 'skipped',
      },
      ['after', 'other'],
      {
        redrive: 2,
        errors: { called: { name: 'Glue.CrawlerRunningException', message: 'runs' }, unreached: null },
      },
    );
    expect(result).toEqual({
      status: 'failed',
      failed: ['killed', 'broken', 'unreached', 'called'],
      message: `${pipeline} failed at killed, broken, unreached, called. Errors: millrace show ${run.id}. Logs: millrace logs ${run.id}.`,
    });
    const recorded = await readRun(run.id);
    const tasks = Object.fromEntries((recorded?.tasks ?? []).map((task) => [task.task, task]));
    expect(tasks['ingest']).toMatchObject({ status: 'success', result: { out: 1 } });
    expect(tasks['killed']).toMatchObject({
      status: 'failed',
      attempt: 1,
      startedAt: '2026-11-21T06:00:01.000Z',
      error: { name: 'Millrace.TaskLost' },
    });
    expect(tasks['broken']).toMatchObject({ error: { name: 'TypeError' } });
    expect(tasks['unreached']).toMatchObject({ attempt: 0, error: { name: 'Millrace.TaskNotStarted' } });
    expect(tasks['called']).toMatchObject({
      redrive: 2,
      error: { name: 'Glue.CrawlerRunningException', message: 'runs' },
    });
    expect(tasks['branch']).toMatchObject({ status: 'success', attempt: 0 });
    expect(tasks['after']).toMatchObject({ status: 'upstream_failed', attempt: 0 });
    expect(tasks['other']).toMatchObject({ status: 'skipped' });
    expect(tasks['other']).not.toHaveProperty('error');
    expect(recorded?.record).toMatchObject({ status: 'failed', message: result.message });
    expect(await listRuns(pipeline, 1)).toMatchObject([
      { status: 'failed', endedAt: recorded?.record.endedAt, message: result.message },
    ]);
  });

  it.each<[string, Record<string, TaskStatus>, string[], string]>([
    ['every leaf succeeded', { a: 'success', b: 'success' }, ['b'], 'success'],
    ['a leaf was skipped', { a: 'success', b: 'skipped' }, ['b'], 'success'],
    ['a failure was handled by what came after', { a: 'failed', b: 'success' }, ['b'], 'success'],
    ['a leaf could not run', { a: 'failed', b: 'upstream_failed' }, ['b'], 'failed'],
    ['one of several leaves failed', { a: 'success', b: 'failed', c: 'success' }, ['b', 'c'], 'failed'],
  ])('when %s follows the rule of leaves', async (_when, tasks, leaves, status) => {
    const run = await beginRun(begin('leaf'));
    expect((await finish(run, arnOf('leaf'), tasks, leaves)).status).toBe(status);
    expect((await readRun(run.id))?.record.status).toBe(status);
  });

  it('twice says the same twice', async () => {
    const run = await beginRun(begin('again'));
    const tasks = { a: 'failed', b: 'upstream_failed' } as const;
    const first = await finish(run, arnOf('again'), tasks, ['b']);
    const records = (await readRun(run.id))?.tasks;
    expect(await finish(run, arnOf('again'), tasks, ['b'])).toEqual(first);
    expect((await readRun(run.id))?.tasks).toEqual(records);
  });

  it('after a redrive of the same execution replaces the failure', async () => {
    const run = await beginRun(begin('redriven'));
    await endRunOf(ended(arnOf('redriven'), 'FAILED'));
    expect((await readRun(run.id))?.record.status).toBe('failed');
    await finish(run, arnOf('redriven'), { a: 'success' }, ['a']);
    expect((await readRun(run.id))?.record.status).toBe('success');
  });

  it('leaves records that a redrive can start from', async () => {
    const run = await beginRun(begin('restart'));
    const tasks = { broken: 'failed', after: 'upstream_failed', branch: 'success' } as const;
    await finish(run, arnOf('restart'), tasks, ['after']);
    for (const task of Object.keys(tasks)) {
      const again = { ...running(task, arnOf('restart')), redrive: 1 };
      expect([task, (await startTask(run.id, again)) !== undefined]).toEqual([task, true]);
    }
  });

  it('by an execution that does not own the run any more changes nothing', async () => {
    const run = await beginRun(begin('o1', { runId: `${pipeline}-owned` }));
    await beginRun(begin('o2', { runId: `${pipeline}-owned` }));
    await finish(run, arnOf('o1'), { a: 'success' }, ['a']);
    expect((await readRun(run.id))?.record).toMatchObject({ status: 'running', execution: arnOf('o2') });
  });

  it('ends the tracked run, and those of tasks that were killed', async () => {
    const run = await beginRun(begin('tracked'));
    const event = { ...taskEvent({ task: 'train', execution: arnOf('tracked') }), run };
    const tracking = await openTaskTracking(event, new ObjectStore(s3Client(), 'millrace-test-data'));
    const child = await tracking.startRun({ name: 'model' });
    await finish(run, arnOf('tracked'), { train: 'failed' }, ['train']);
    expect((await getRun(tracking.parentRunId)).status).toBe('FAILED');
    expect((await getRun(child.runId)).status).toBe('FAILED');
  });
});

describe('the end of an execution, told from outside', () => {
  it.each([
    ['FAILED', 'failed', 'The execution failed: States.DataLimitExceeded: too much'],
    ['TIMED_OUT', 'timed_out', 'The execution timed out: States.DataLimitExceeded: too much'],
    ['ABORTED', 'aborted', 'The execution was aborted: States.DataLimitExceeded: too much'],
  ] as const)('as %s closes the run and its running tasks', async (said, status, message) => {
    const run = await beginRun(begin('e'));
    await startTask(run.id, running('train', arnOf('e')));
    const event = ended(arnOf('e'), said, { error: 'States.DataLimitExceeded', cause: 'too much' });
    await endRunOf(event);
    const closed = await readRun(run.id);
    expect(closed?.record).toMatchObject({ status, message, endedAt: '2026-11-21T07:00:00.000Z' });
    expect(closed?.tasks).toMatchObject([{ task: 'train', status: 'failed', error: { message } }]);
    await endRunOf({ detail: { ...event.detail, status: 'ABORTED', cause: 'late' } });
    expect(await readRun(run.id)).toEqual(closed);
  });

  it('comes too late for a run that has finished or has gone on elsewhere', async () => {
    const done = await beginRun(begin('done'));
    await finish(done, arnOf('done'), { a: 'success' }, ['a']);
    await endRunOf(ended(arnOf('done'), 'ABORTED'));
    expect((await readRun(done.id))?.record.status).toBe('success');

    const input = { runId: `${pipeline}-moved` };
    const moved = await beginRun(begin('m1', input));
    await beginRun(begin('m2', input));
    await startTask(moved.id, running('train', arnOf('m2')));
    await endRunOf(ended(arnOf('m1'), 'ABORTED', { input: JSON.stringify(input) }));
    expect(await readRun(moved.id)).toMatchObject({
      record: { status: 'running' },
      tasks: [{ status: 'running' }],
    });
  });

  it('finds the run by its input, or by the name when the input was left out', async () => {
    const launched = await beginRun(begin(`${pipeline}-l`, { runId: `${pipeline}-l` }));
    await endRunOf(ended(arnOf(`${pipeline}-l`), 'ABORTED', { input: null }));
    expect((await readRun(launched.id))?.record.status).toBe('aborted');
    const named = await beginRun(begin('other', { runId: `${pipeline}-n` }));
    await endRunOf(ended(arnOf('other'), 'ABORTED', { input: JSON.stringify({ runId: `${pipeline}-n` }) }));
    expect((await readRun(named.id))?.record.status).toBe('aborted');
  });

  it('means nothing for successes, and for executions that never began a run', async () => {
    const run = await beginRun(begin('fine'));
    await endRunOf(ended(arnOf('fine'), 'SUCCEEDED'));
    expect((await readRun(run.id))?.record.status).toBe('running');
    await endRunOf(ended(arnOf('unheard'), 'FAILED'));
    expect(await readRun(`${pipeline}--manual--unheard`)).toBeUndefined();
  });
});

it('lists runs newest first, as many as wanted', async () => {
  for (const hour of ['07', '09', '08'])
    await beginRun({
      ...begin(`h${hour}`),
      execution: { arn: arnOf(`h${hour}`), name: `h${hour}`, startTime: `2026-11-21T${hour}:00:00.000Z` },
    });
  const names = (await listRuns(pipeline, 2)).map((run) => run.runId.split('--').at(-1));
  expect(names).toEqual(['h09', 'h08']);
});
