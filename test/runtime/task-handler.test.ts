import '../support/quiet-telemetry';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import type { Json } from '../../lib/model/json';
import { readTaskRecord, succeedTask } from '../../lib/orchestration/task-record';
import { taskHandler, type TaskFunction } from '../../lib/runtime/task-handler';
import { logger, metrics } from '../../lib/runtime/telemetry';
import { contract } from '../../lib/tasks/contract';
import { getRun } from '../../lib/tracking/runs';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext, taskEvent } from '../support/task-event';

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
afterEach(() => jest.restoreAllMocks());

const train = contract({
  name: 'train',
  summary: 'For tests.',
  input: z.object({ rows: z.number(), note: z.string().default('none') }),
  output: z.object({ auc: z.number(), text: z.string().optional() }),
});
type Train = TaskFunction<typeof train>;

const handlerOf = (run: Train) => taskHandler(train, run);
const event = (props: Parameters<typeof taskEvent>[0] = {}) =>
  taskEvent({ input: { rows: 1 }, runId, ...props });
const record = () => readTaskRecord(runId, 'train');

/** A promise that is settled from outside. */
function latch(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('a task that succeeds', () => {
  it('gets its input with defaults, returns its output, and is recorded', async () => {
    const run = jest.fn<ReturnType<Train>, Parameters<Train>>(async () => ({ auc: 0.8 }));
    const context = lambdaContext();
    expect(await handlerOf(run)(event({ returns: { auc: 'inline', text: 'any' } }), context)).toEqual({
      status: 'success',
      out: { auc: 0.8, text: null },
    });
    expect(run.mock.calls[0]?.[0]).toEqual({ rows: 1, note: 'none' });
    expect(await record()).toMatchObject({
      task: 'train',
      status: 'success',
      attempt: 1,
      redrive: 0,
      invocation: context.awsRequestId,
      memoryMb: 512,
      codeHash: 'c0de',
      inputHash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      result: { status: 'success', out: { auc: 0.8, text: null } },
      startedAt: expect.any(String) as unknown,
      endedAt: expect.any(String) as unknown,
      durationMs: expect.any(Number) as unknown,
      ttl: expect.any(Number) as unknown,
    });
  });

  it('is not run again by a retry, a redrive or a rerun: the record answers', async () => {
    const run = jest.fn<ReturnType<Train>, Parameters<Train>>(async () => ({ auc: 0.8 }));
    const handler = handlerOf(run);
    await handler(event(), lambdaContext());
    for (const again of [{ attempt: 1 }, { redrive: 1 }, { execution: 'arn:another' }]) {
      expect(await handler(event(again), lambdaContext())).toEqual({
        status: 'success',
        out: { auc: 0.8 },
        memo: true,
      });
    }
    expect(run).toHaveBeenCalledTimes(1);
    await handler(event({ runId: `${runId}-other` }), lambdaContext());
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('invoked twice at once has one result, which both return', async () => {
    const bothIn = latch();
    let inside = 0;
    const handler = handlerOf(async () => {
      const mine = ++inside;
      if (inside === 2) bothIn.open();
      await bothIn.opened;
      // Different bytes of a size that goes to S3: the winner's must stay readable.
      return { auc: mine, text: String(mine).repeat(20_000) };
    });
    const returns = { '': 'any', auc: 'inline' } as const;
    const results = await Promise.all([
      handler(event({ returns }), lambdaContext()),
      handler(event({ returns }), lambdaContext()),
    ]);
    expect(inside).toBe(2);
    expect(results[0].out).toEqual(results[1].out);
    expect(results.map((result) => result.memo ?? false).sort()).toEqual([false, true]);
    const seen: unknown[] = [];
    const consumer = taskHandler(
      contract({ name: 'consumer', summary: '.', input: z.object({ all: z.any() }), output: z.object({}) }),
      async (input) => {
        seen.push(input.all);
        return {};
      },
    );
    await consumer(taskEvent({ task: 'consumer', runId, input: { all: results[0].out } }), lambdaContext());
    const auc = (results[0].out as { auc: number }).auc;
    expect(seen).toEqual([{ auc, text: String(auc).repeat(20_000) }]);
  });

  it('keeps numbers that no table can hold as 0, and refuses those that are too large', async () => {
    const { out } = await handlerOf(async () => ({ auc: 4e-178 }))(event(), lambdaContext());
    expect(out).toEqual({ auc: 0 });
    await expect(
      handlerOf(async () => ({ auc: 1e200 }))(event({ task: 'huge' }), lambdaContext()),
    ).rejects.toThrow("The output of task 'huge' is 1e+200 at auc");
  });

  it('hands a large result over through S3, under its hash', async () => {
    const text = 'é'.repeat(10_000);
    const { out } = await handlerOf(async () => ({ auc: 0.5, text }))(
      event({ returns: { text: 'any', auc: 'inline' } }),
      lambdaContext(),
    );
    const marker = (out as { text: { $offloaded: { bucket: string; key: string; sha256: string } } }).text
      .$offloaded;
    expect(marker).toMatchObject({ bucket: 'millrace-test-data', path: 'text' });
    expect(marker.key).toBe(`executions/${runId}/train/${marker.sha256}.json`);
    expect(await new ObjectStore(s3Client(), marker.bucket).getJson(marker.key)).toEqual({ auc: 0.5, text });
    const note = jest.fn();
    await handlerOf(async (input) => {
      note(input.note);
      return { auc: 1 };
    })(
      taskEvent({ task: 'next', runId, input: { rows: 1, note: (out as { text: Json }).text } }),
      lambdaContext(),
    );
    expect(note).toHaveBeenCalledWith(text);
  });
});

describe('a task that fails', () => {
  it('throws its own error, is recorded as failed, and runs again in the next attempt', async () => {
    const found: { auc?: number } = {};
    const handler = handlerOf(async () => {
      if (found.auc === undefined) throw new RangeError('not yet');
      return { auc: found.auc };
    });
    await expect(handler(event(), lambdaContext())).rejects.toThrow(RangeError);
    expect(await record()).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { name: 'RangeError', message: 'not yet' },
    });
    found.auc = 0.9;
    expect(await handler(event({ attempt: 1 }), lambdaContext())).toEqual({
      status: 'success',
      out: { auc: 0.9 },
    });
    const last = await record();
    expect(last).toMatchObject({ status: 'success', attempt: 2 });
    expect(last).not.toHaveProperty('error');
  });

  it('by its input is told path, expectation and value, and never runs', async () => {
    const run = jest.fn<ReturnType<Train>, Parameters<Train>>(async () => ({ auc: 1 }));
    await expect(handlerOf(run)(event({ input: { rows: 'many' } }), lambdaContext())).rejects.toMatchObject({
      name: 'Millrace.InvalidInput',
      message:
        'The input of task \'train\' (train) of credit-risk does not fit its contract:\n  rows: expected number, got "many"',
    });
    expect(run).not.toHaveBeenCalled();
    expect(await record()).toMatchObject({ status: 'failed', error: { name: 'Millrace.InvalidInput' } });
  });

  it('by its output is told what the contract forbids, and nothing is recorded as success', async () => {
    await expect(handlerOf(async () => ({ auc: NaN }))(event(), lambdaContext())).rejects.toMatchObject({
      name: 'Millrace.InvalidOutput',
      message: expect.stringContaining('auc: expected number') as unknown,
    });
    expect(await record()).toMatchObject({ status: 'failed' });
    expect(await record()).not.toHaveProperty('result');
  });

  it('by a result that expressions cannot hold writes nothing to S3', async () => {
    const handler = handlerOf(async () => ({ auc: 1, text: 'x'.repeat(70_000) }));
    await expect(handler(event({ returns: { text: 'inline' } }), lambdaContext())).rejects.toMatchObject({
      name: 'Millrace.ResultTooLarge',
    });
    const objects = new ObjectStore(s3Client(), 'millrace-test-data');
    expect(await objects.list(`executions/${runId}/`)).toEqual([]);
  });

  it('by time says so, with the remedy, before the function is killed', async () => {
    let signal: AbortSignal | undefined;
    const handler = handlerOf((_input, context) => {
      signal = context.signal;
      return new Promise(() => {});
    });
    await expect(handler(event(), lambdaContext(100))).rejects.toMatchObject({
      name: 'Millrace.TaskTimedOut',
    });
    expect(signal?.aborted).toBe(true);
    expect(await record()).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('timed out') as unknown },
    });
  });

  it('after somebody else succeeded returns that result instead', async () => {
    const handler = handlerOf(async () => {
      await succeedTask(runId, {
        task: 'train',
        status: 'success',
        attempt: 1,
        execution: 'arn:another',
        invocation: 'another',
        startedAt: new Date().toISOString(),
        result: { status: 'success', out: { auc: 0.7 } },
      });
      throw new Error('too late');
    });
    expect(await handler(event(), lambdaContext())).toEqual({
      status: 'success',
      out: { auc: 0.7 },
      memo: true,
    });
  });

  it('in an attempt that was given up does not touch the record of the later one', async () => {
    const [started, goOn] = [latch(), latch()];
    const old = handlerOf(async () => {
      started.open();
      await goOn.opened;
      throw new Error('old');
    })(event({ attempt: 0 }), lambdaContext());
    await started.opened;
    const result = await handlerOf(async () => {
      goOn.open();
      await expect(old).rejects.toThrow('old');
      expect(await record()).toMatchObject({ status: 'running', attempt: 2 });
      return { auc: 0.6 };
    })(event({ attempt: 1 }), lambdaContext());
    expect(result.out).toEqual({ auc: 0.6 });
  });

  it('is refused when a later attempt has started already', async () => {
    const handler = handlerOf(async () => {
      throw new Error('first');
    });
    await expect(handler(event({ attempt: 2 }), lambdaContext())).rejects.toThrow('first');
    await expect(handler(event({ attempt: 1 }), lambdaContext())).rejects.toMatchObject({
      name: 'Millrace.DoNotRetry',
      message: expect.stringContaining('came after a later one had started') as unknown,
    });
    // A redrive counts attempts from the beginning.
    await expect(handler(event({ attempt: 0, redrive: 1 }), lambdaContext())).rejects.toThrow('first');
  });
});

describe('the context of a task', () => {
  it('has a scratch directory that is gone afterwards, also after a failure', async () => {
    const paths: string[] = [];
    const fill: Train = async (_input, context) => {
      const directory = await context.tmp();
      expect(await context.tmp()).toBe(directory);
      await writeFile(join(directory, 'x'), 'x');
      paths.push(directory);
      if (paths.length === 1) throw new Error('full');
      return { auc: 1 };
    };
    await expect(handlerOf(fill)(event(), lambdaContext())).rejects.toThrow('full');
    await handlerOf(fill)(event({ attempt: 1 }), lambdaContext());
    expect(paths.map((path) => existsSync(path))).toEqual([false, false]);
  });

  it('ends tracked runs as the task ends', async () => {
    const ids: string[] = [];
    const track: Train = async (_input, context) => {
      const run = await (await context.tracking()).startRun({ name: 'm' });
      ids.push(run.runId);
      if (ids.length === 1) throw new Error('no luck');
      return { auc: 1 };
    };
    await expect(handlerOf(track)(event(), lambdaContext())).rejects.toThrow('no luck');
    expect((await getRun(ids[0] ?? '')).status).toBe('FAILED');
    await handlerOf(track)(event({ attempt: 1 }), lambdaContext());
    expect(ids[1]).toBe(ids[0]);
    expect((await getRun(ids[0] ?? '')).status).toBe('FINISHED');
  });

  it('knows the time that is left, and has no one to send a heartbeat to without a token', async () => {
    let left = 0;
    await handlerOf(async (_input, context) => {
      left = context.remainingMs();
      await context.heartbeat();
      return { auc: 1 };
    })(event(), lambdaContext(30_000));
    expect(left).toBeGreaterThan(20_000);
    expect(left).toBeLessThanOrEqual(30_000);
    await expect(
      handlerOf(async (_input, context) => {
        await context.heartbeat();
        return { auc: 1 };
      })({ ...event({ task: 'waiting' }), taskToken: 'unknown-token' }, lambdaContext()),
    ).rejects.toThrow();
  });
});

describe('what is told to the outside', () => {
  it('is the run and the task on every line, and of the input nothing but names and sizes', async () => {
    const lines: string[] = [];
    const level = logger.getLevelName();
    logger.setLogLevel('INFO');
    const console_ = (logger as unknown as { console: Console }).console;
    for (const method of ['info', 'error'] as const)
      jest
        .spyOn(console_, method)
        .mockImplementation((...parts: unknown[]) => void lines.push(parts.join(' ')));
    try {
      await handlerOf(async () => ({ auc: 1 }))(
        event({ input: { rows: 1, note: 'hunter2-secret' } }),
        lambdaContext(),
      );
    } finally {
      logger.setLogLevel(level);
    }
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.map((line) => line['message'])).toEqual(['Task started', 'Task succeeded']);
    for (const line of parsed) {
      expect(line).toMatchObject({ run: runId, task: 'train', attempt: 0, pipeline: 'credit-risk' });
      expect(line).toHaveProperty('cold_start');
      expect(line).toHaveProperty('function_request_id');
    }
    expect(parsed[0]?.['input']).toEqual({ rows: 1, note: 16 });
    expect(lines.join()).not.toContain('hunter2');
  });

  it('is a metric of the end with pipeline and task as dimensions', async () => {
    const published: unknown[] = [];
    jest.spyOn(metrics, 'publishStoredMetrics').mockImplementation(() => {
      const { _aws, ...values } = metrics.serializeMetrics();
      published.push({ ...values, dimensions: _aws.CloudWatchMetrics[0]?.Dimensions });
      metrics.clearMetrics();
      metrics.clearDimensions();
      return metrics;
    });
    const measured = handlerOf(async (_input, context) => {
      context.emitMetric('Rows', 800);
      return { auc: 1 };
    });
    await measured(event(), lambdaContext());
    // The answer from the record measures nothing, and leaves nothing behind for the next task.
    await measured(event(), lambdaContext());
    await expect(
      handlerOf(() => Promise.reject(new Error('x')))(event({ task: 'other' }), lambdaContext()),
    ).rejects.toThrow('x');
    const dimensions = [['service', 'pipeline', 'task']];
    expect(published).toEqual([
      expect.objectContaining({
        Rows: 800,
        TaskSuccess: 1,
        TaskDuration: expect.any(Number) as unknown,
        pipeline: 'credit-risk',
        task: 'train',
        dimensions,
      }),
      expect.objectContaining({ TaskFailure: 1, task: 'other', dimensions }),
    ]);
  });
});

it('an event that no machine sends is refused with what is wrong about it', async () => {
  await expect(
    handlerOf(async () => ({ auc: 1 }))({ task: 'train' } as never, lambdaContext()),
  ).rejects.toMatchObject({
    name: 'Millrace.InvalidInput',
    message: expect.stringContaining('run: expected object, got nothing') as unknown,
  });
});
