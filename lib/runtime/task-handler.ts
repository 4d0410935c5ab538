/**
 * What a task runs inside.
 *
 * 1. A task that has succeeded in its logical run is not run again: its recorded result is the answer.
 * 2. Nothing is recorded as success before the output has passed its contract.
 * 3. Of two attempts at once, the first success is the one that counts; the other returns that result.
 * 4. An error leaves under its own name, so that the machine's `Retry` can tell what a retry cannot mend.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { s3Client } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import { ObjectStore } from '../aws/object-store';
import type { TaskEvent, TaskResult } from '../model/envelope';
import { DoNotRetry, NON_RETRYABLE } from '../model/errors';
import type { Json } from '../model/json';
import { readTaskRecord, writeTaskRecord, type TaskRecord } from '../orchestration/task-record';
import type { Contract, InputOf, OutputOf } from '../tasks/contract';
import { openTaskTracking, type TaskTracking } from '../tracking/task-tracking';
import { InvalidInput, InvalidOutput, issuesToText } from './invalid-input';
import { inlineResult, mustOffload, offloadedResult } from './offload';
import { rehydrate } from './rehydrate';
import type { TaskContext } from './task-context';
import { logger, metrics } from './telemetry';

export type TaskFunction<C extends Contract> = (
  input: InputOf<C>,
  context: TaskContext,
) => Promise<OutputOf<C>>;

export function taskHandler<C extends Contract>(contract: C, run: TaskFunction<C>) {
  return async (event: TaskEvent, lambda: Context): Promise<TaskResult> => {
    logger.resetKeys();
    logger.appendKeys({
      run: event.run.id,
      task: event.task,
      attempt: event.attempt,
      execution: event.execution,
    });
    const known = await readTaskRecord(event.run.id, event.task);
    if (known?.status === 'success' && known.result !== undefined) {
      logger.info('The task succeeded before in this run; its result is used again.');
      return { ...known.result, memo: true };
    }
    const started = Date.now();
    const base: TaskRecord = {
      task: event.task,
      status: 'running',
      attempt: event.attempt + 1,
      execution: event.execution,
      startedAt: new Date(started).toISOString(),
      memoryMb: Number(lambda.memoryLimitInMB) || 0,
      codeHash: resourceNames().codeHash,
    };
    await writeTaskRecord(event.run.id, base);
    const ended = (): Pick<TaskRecord, 'endedAt' | 'durationMs'> => ({
      endedAt: new Date().toISOString(),
      durationMs: Date.now() - started,
    });
    const scratch = new Scratch();
    try {
      const objects = new ObjectStore(s3Client(), resourceNames().bucket);
      const input = await parseInput(contract, event, objects);
      logger.info('Task started', { inputs: sizesOf(input) });
      const context = contextOf(event, lambda, objects, scratch);
      const returned = await withinTime(run(input, context), event.task, lambda);
      const out = parseOutput(contract, event, returned);
      const result: TaskResult = { status: 'success', out: await travelling(event, out, objects) };
      const winner = await writeTaskRecord(event.run.id, { ...base, ...ended(), status: 'success', result });
      count('TaskSuccess', event, started);
      logger.info('Task succeeded', { durationMs: Date.now() - started });
      return winner.result ?? result;
    } catch (error) {
      const failure = nameable(error);
      await writeTaskRecord(event.run.id, {
        ...base,
        ...ended(),
        status: 'failed',
        error: { name: failure.name, message: failure.message.slice(0, 4000) },
      });
      count('TaskFailure', event, started);
      logger.error('Task failed', failure);
      throw failure;
    } finally {
      await scratch.remove();
      metrics.publishStoredMetrics();
    }
  };
}

async function parseInput<C extends Contract>(
  contract: C,
  event: TaskEvent,
  objects: ObjectStore,
): Promise<InputOf<C>> {
  const parsed = contract.input.safeParse(await rehydrate(event.input, objects));
  if (parsed.success) return parsed.data as InputOf<C>;
  throw new InvalidInput(
    `The input of task '${event.task}' (${contract.name}) of ${event.run.pipeline} does not fit its contract:\n${issuesToText(parsed.error)}`,
    { cause: parsed.error },
  );
}

function parseOutput<C extends Contract>(contract: C, event: TaskEvent, returned: unknown): Json {
  const parsed = contract.output.safeParse(returned);
  if (!parsed.success) {
    throw new InvalidOutput(
      `The handler of task '${event.task}' (${contract.name}) of ${event.run.pipeline} returned what its contract forbids:\n${issuesToText(parsed.error)}`,
      { cause: parsed.error },
    );
  }
  return JSON.parse(JSON.stringify(parsed.data)) as Json;
}

async function travelling(event: TaskEvent, out: Json, objects: ObjectStore): Promise<Json> {
  if (!mustOffload(out)) return inlineResult(out, event.returns);
  const key = `executions/${event.run.id}/${event.task}.json`;
  const stored = await objects.putBytes(key, JSON.stringify(out), { contentType: 'application/json' });
  return offloadedResult(event.task, out, event.returns, {
    bucket: objects.bucket,
    key,
    sha256: stored.sha256,
    bytes: stored.bytes,
  });
}

/** Shortly before the function would be killed without a word. */
const TIME_TO_SAY_SO_MS = 1500;

async function withinTime<T>(work: Promise<T>, task: string, lambda: Context): Promise<T> {
  const left = lambda.getRemainingTimeInMillis();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new TaskTimedOut(
            `Task '${task}' is not done after ${Math.round(left / 1000)} s. Give it a longer timeout, more memory (which is also more processor), or less to do.`,
          ),
        ),
      Math.max(0, left - TIME_TO_SAY_SO_MS),
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

class TaskTimedOut extends Error {
  override readonly name = 'Millrace.TaskTimedOut';
}

function contextOf(event: TaskEvent, lambda: Context, objects: ObjectStore, scratch: Scratch): TaskContext {
  let tracking: Promise<TaskTracking> | undefined;
  return {
    run: event.run,
    task: event.task,
    attempt: event.attempt,
    execution: event.execution,
    log: logger,
    objects,
    tmp: () => scratch.directory(),
    tracking: () => (tracking ??= openTaskTracking(event, objects)),
    remainingMs: () => lambda.getRemainingTimeInMillis(),
    emitMetric: (name, value, unit = 'Count') => metrics.addMetric(name, unit, value),
  };
}

/** Errors whose names the machines do not know are given the common name of what a retry cannot mend. */
function nameable(thrown: unknown): Error {
  if (!(thrown instanceof Error))
    return new Error(`The handler threw ${JSON.stringify(thrown)} instead of an Error.`);
  if (!(thrown instanceof DoNotRetry) || (NON_RETRYABLE as readonly string[]).includes(thrown.name))
    return thrown;
  return new DoNotRetry(`${thrown.name}: ${thrown.message}`, { cause: thrown });
}

function count(name: 'TaskSuccess' | 'TaskFailure', event: TaskEvent, started: number): void {
  metrics.addDimensions({ pipeline: event.run.pipeline, task: event.task });
  metrics.addMetric(name, 'Count', 1);
  metrics.addMetric('TaskDuration', 'Milliseconds', Date.now() - started);
}

/** Names and sizes only: values may be secret. */
function sizesOf(input: unknown): Record<string, number> {
  return Object.fromEntries(
    Object.entries((input ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      JSON.stringify(value)?.length ?? 0,
    ]),
  );
}

class Scratch {
  private path: Promise<string> | undefined;

  directory(): Promise<string> {
    return (this.path ??= mkdtemp(join(tmpdir(), 'millrace-')));
  }

  async remove(): Promise<void> {
    if (this.path !== undefined) await rm(await this.path, { recursive: true, force: true });
  }
}
