/** Python tasks by the same rules as TypeScript tasks: see test/runtime/task-handler.test.ts. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { FilterLogEventsCommand, CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import { s3Client } from '../../../lib/aws/clients/s3';
import { ObjectStore } from '../../../lib/aws/object-store';
import type { TaskEvent } from '../../../lib/model/envelope';
import type { Json } from '../../../lib/model/json';
import { readTaskRecord, startTask, succeedTask } from '../../../lib/orchestration/task-record';
import { rehydrate } from '../../../lib/runtime/rehydrate';
import {
  describeWithPython,
  RESOURCES,
  startPythonCloud,
  type PythonCloud,
} from '../../support/python-functions';
import { taskEvent } from '../../support/task-event';

const TRAIN = `
import logging
import os
import random
import time
from millrace import DoNotRetry, NotReady, Skipped
from wording import shout

calls = 0

class Odd(DoNotRetry):
    name = "Acme.Odd"

class Broken:
    pass

def run(input, context):
    global calls
    calls += 1
    what = input["what"]
    print("printed by the handler")
    logging.getLogger("somebody").info("rows: %d", input["rows"])
    if what == "refuse":
        raise DoNotRetry("never")
    if what == "odd":
        raise Odd("never")
    if what == "fail":
        raise ValueError("a \\u00fcseless value")
    if what == "skip":
        raise Skipped("nothing to do")
    if what == "wait":
        raise NotReady("not yet")
    if what == "sleep":
        time.sleep(20)
    if what == "break":
        return {"auc": "high", "note": ""}
    if what == "nan":
        return {"auc": float("nan"), "note": ""}
    if what == "object":
        return {"auc": Broken(), "note": ""}
    if what == "race":
        time.sleep(0.5)
        return {"auc": random.random(), "note": ""}
    if what == "exit":
        os._exit(3)
    big = "x" * 20000 if what == "big" else ""
    return {"auc": 0.5 + calls * 0, "note": shout(input["note"]), "big": big, "calls": calls, "more": "is dropped"}
`;

let cloud: PythonCloud;
let count = 0;
let runId: string;
const event = (props: Parameters<typeof taskEvent>[0] & Partial<TaskEvent> = {}): TaskEvent => ({
  ...taskEvent({ runId, ...props, input: { rows: 1, ...(props.input as object) } }),
  ...(props.poke === undefined ? {} : { poke: props.poke }),
  ...(props.cache === undefined ? {} : { cache: props.cache }),
});
const record = () => readTaskRecord(runId, 'train');
const out = (value: unknown) => (value as { out: Record<string, Json> }).out;

beforeEach(() => {
  runId = `run-${++count}`;
});
afterAll(async () => cloud?.remove());

describeWithPython('a task in Python', () => {
  beforeAll(async () => {
    cloud = await startPythonCloud({
      train: {
        input: z.object({
          rows: z.int(),
          what: z.string().default('train'),
          note: z.string().default('none'),
        }),
        output: z.object({
          auc: z.number(),
          note: z.string(),
          big: z.string().optional(),
          calls: z.int().optional(),
        }),
        skips: true,
        files: { 'handler.py': TRAIN, 'wording.py': 'def shout(text):\n    return text.upper()\n' },
        timeoutSeconds: 4,
      },
    });
  });

  it('gets its input with defaults, returns what its contract names, and is recorded', async () => {
    const { value } = await cloud.invoke('train', event({ returns: { auc: 'inline', gone: 'any' } }));
    expect(value).toEqual({
      status: 'success',
      out: { auc: 0.5, note: 'NONE', big: '', calls: 1, gone: null },
    });
    expect(await record()).toMatchObject({
      task: 'train',
      status: 'success',
      attempt: 1,
      redrive: 0,
      memoryMb: 512,
      codeHash: 'c0de',
      inputHash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      result: value,
      endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
      durationMs: expect.any(Number) as unknown,
      ttl: expect.any(Number) as unknown,
    });
  });

  it('is not run again by a retry, a redrive or a rerun: the record answers', async () => {
    const first = await cloud.invoke('train', event());
    for (const again of [{ attempt: 1 }, { redrive: 1 }, { execution: 'arn:another' }])
      expect(await cloud.invoke('train', event(again))).toEqual({
        value: { ...(first.value as object), memo: true },
      });
  });

  it('answers with what a TypeScript attempt recorded, and leaves a record that TypeScript reads', async () => {
    const result = { status: 'success', out: { auc: 0.9, list: [1, null, { a: 'ü' }] } } as const;
    await succeedTask(runId, {
      task: 'train',
      status: 'success',
      attempt: 1,
      execution: 'e',
      startedAt: 'x',
      result,
    });
    expect((await cloud.invoke('train', event())).value).toEqual({ ...result, memo: true });
  });

  it('does nothing when a later attempt has started', async () => {
    const { execution } = event();
    await startTask(runId, {
      task: 'train',
      status: 'running',
      attempt: 3,
      redrive: 0,
      execution,
      startedAt: 'x',
    });
    expect((await cloud.invoke('train', event({ attempt: 1 }))).error).toMatchObject({
      errorType: 'Millrace.DoNotRetry',
      errorMessage: expect.stringContaining('Millrace.AttemptSuperseded: Attempt 2') as unknown,
    });
  });

  it.each([
    ['refuse', 'Millrace.DoNotRetry', 'never'],
    ['odd', 'Millrace.DoNotRetry', 'Acme.Odd: never'],
    ['fail', 'ValueError', 'a üseless value'],
    ['break', 'Millrace.InvalidOutput', "  auc: expected number, got 'high'"],
    ['nan', 'Millrace.InvalidOutput', '  auc: expected number, got nan'],
    ['object', 'Millrace.InvalidOutput', 'Broken is no JSON'],
    ['sleep', 'Millrace.TaskTimedOut', "Task 'train' timed out"],
  ])('an error leaves under its name and is recorded: %s', async (what, errorType, message) => {
    const { error } = await cloud.invoke('train', event({ input: { what } }));
    expect(error).toMatchObject({
      errorType,
      errorMessage: expect.stringContaining(message) as unknown,
    });
    expect(await record()).toMatchObject({
      status: 'failed',
      error: { name: errorType, message: error?.errorMessage },
    });
  });

  it('refuses an input that breaks the contract before the handler runs, and an event of nobody', async () => {
    const wrong = await cloud.invoke('train', event({ input: { rows: 1.5 } }));
    expect(wrong.error).toMatchObject({ errorType: 'Millrace.InvalidInput' });
    expect(wrong.error?.errorMessage).toContain('  rows: expected integer, got 1.5');
    const keyed = { ...event(), announces: { datasets: ['orders'], partitionKey: 7 } };
    expect((await cloud.invoke('train', keyed)).error).toEqual(
      expect.objectContaining({
        errorType: 'Millrace.InvalidInput',
        errorMessage:
          "The partition key of task 'train' of credit-risk, which says what part of orders it updates, has to be a text of 1 to 256 characters, and is 7.",
      }),
    );
    expect((await cloud.invoke('train', { hello: 1 })).error?.errorType).toBe('Millrace.InvalidInput');
  });

  it('a process that exits fails the attempt, and the next one has a process of its own', async () => {
    expect((await cloud.invoke('train', event({ input: { what: 'exit' } }))).error).toMatchObject({
      errorType: 'Runtime.ExitError',
    });
    expect((await cloud.invoke('train', event({ attempt: 1 }))).value).toMatchObject({ status: 'success' });
  });

  it('of two attempts at once the first success counts, and the other returns its result', async () => {
    const race = event({ input: { what: 'race' } });
    const both = await Promise.all([cloud.invoke('train', race), cloud.invoke('train', race)]);
    const [first, second] = both.map(({ value }) => value as { out: object; memo?: true });
    expect(second?.out).toEqual(first?.out);
    expect(both.filter(({ value }) => (value as { memo?: true }).memo === true)).toHaveLength(1);
    expect(await record()).toMatchObject({ status: 'success', result: { out: first?.out } });
  });

  it('is skipped when it says so, and may be asked again as a sensor', async () => {
    expect((await cloud.invoke('train', event({ input: { what: 'skip' } }))).value).toEqual({
      status: 'skipped',
      out: null,
    });
    runId = `run-${++count}`;
    const wait = { what: 'wait' };
    const asked = { last: false, softFail: false };
    expect((await cloud.invoke('train', event({ input: wait, poke: asked }))).error?.errorType).toBe(
      'Millrace.NotReady',
    );
    expect(await record()).toMatchObject({ status: 'running', error: { name: 'Millrace.NotReady' } });
    const last = await cloud.invoke('train', event({ input: wait, poke: { ...asked, last: true } }));
    expect(last.error?.errorMessage).toContain('Millrace.SensorTimedOut: ');
    runId = `run-${++count}`;
    const soft = event({ input: wait, poke: { last: true, softFail: true } });
    expect((await cloud.invoke('train', soft)).value).toMatchObject({ status: 'skipped' });
  });

  it('stores a large result under its hash, and reads one that another task stored', async () => {
    const returns = { auc: 'inline', big: 'any' } as const;
    const { value } = await cloud.invoke('train', event({ input: { what: 'big' }, returns }));
    expect(out(value)['auc']).toBe(0.5);
    const objects = new ObjectStore(s3Client(), RESOURCES.MILLRACE_BUCKET);
    const marker = out(value)['big'] as { $offloaded: { key: string; sha256: string } };
    const bytes = await objects.getBytes(marker.$offloaded.key);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(marker.$offloaded.sha256);
    expect(await rehydrate(marker, objects)).toBe('x'.repeat(20_000));
    runId = `run-${++count}`;
    const next = await cloud.invoke(
      'train',
      event({ input: { note: { $offloaded: { ...marker.$offloaded, path: 'note' } } } }),
    );
    expect(out(next.value)['note']).toBe('NONE');
    const changed = { ...marker.$offloaded, sha256: '0'.repeat(64), path: 'note' };
    runId = `run-${++count}`;
    expect(
      (await cloud.invoke('train', event({ input: { note: { $offloaded: changed } } }))).error?.errorMessage,
    ).toContain('Millrace.ResultChanged: ');
  });

  it('takes the result of an earlier run when it may', async () => {
    const cache = { seconds: 60 };
    const first = await cloud.invoke('train', event({ input: { note: 'cached' }, cache }));
    runId = `run-${++count}`;
    const second = await cloud.invoke('train', event({ input: { note: 'cached' }, cache }));
    expect(second.value).toEqual({ ...(first.value as object), cached: true });
    expect(await record()).toMatchObject({ status: 'success', cached: { run: `run-${count - 1}` } });
    runId = `run-${++count}`;
    expect(
      (await cloud.invoke('train', event({ input: { note: 'other' }, cache }))).value,
    ).not.toHaveProperty('cached');
  });

  it('logs lines of JSON with run and task; what is printed stays as it is', async () => {
    await cloud.invoke('train', event({ input: { what: 'fail' } }));
    // What a process prints comes by another way than what it answers, and may come later.
    const logs = new CloudWatchLogsClient({});
    let lines: string[] = [];
    while (!lines.some((line) => line.includes(runId) && line.includes('Task failed'))) {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/test/train' }));
      lines = events.map(({ message = '' }) => message);
      await pause(10);
    }
    logs.destroy();
    expect(lines).toContain('printed by the handler');
    const parsed = lines.flatMap((line) =>
      line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [],
    );
    const own = parsed.filter((line) => line['run'] === runId);
    expect(own.map((line) => line['message'])).toEqual(['Task started', 'rows: 1', 'Task failed']);
    expect(own[2]).toMatchObject({
      level: 'ERROR',
      task: 'train',
      pipeline: 'credit-risk',
      attempt: 0,
      function_request_id: expect.any(String) as unknown,
      error: { name: 'ValueError', stack: expect.stringContaining('handler.py') as unknown },
    });
    expect(parsed).toContainEqual(
      expect.objectContaining({
        TaskFailure: 1,
        pipeline: 'credit-risk',
        task: 'train',
        _aws: expect.anything() as unknown,
      }),
    );
  });
});
