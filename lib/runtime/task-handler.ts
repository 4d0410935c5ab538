/**
 * What a task runs inside.
 *
 * 1. A task that has succeeded in its logical run is not run again: its recorded result is the answer.
 * 2. Nothing is recorded as success before the output has passed its contract.
 * 3. Of two attempts at once, the first success is the one that counts; the other returns that result.
 * 4. A task that asks for it takes the result of an earlier run with the same code and input.
 * 5. An error leaves under its own name, so that the machine's `Retry` can tell what a retry cannot mend.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { resourceNames } from '../aws/environment';
import type { TaskEvent, TaskResult } from '../model/envelope';
import { DoNotRetry, NotReady, SensorTimedOut, Skipped } from '../model/errors';
import type { Json } from '../model/json';
import {
  failTask,
  readTaskRecord,
  startTask,
  succeedTask,
  type TaskRecord,
} from '../orchestration/task-record';
import type { Contract, InputOf, OutputOf } from '../tasks/contract';
import { announceFailure, announceRetry, announceSuccess, announceUpdates } from './announce';
import { fromCache, intoCache } from './cache';
import { faultsOf, InvalidInput, InvalidOutput } from './contract-errors';
import { withinDeadline } from './deadline';
import { inputHash } from './input-hash';
import { Invocation } from './invocation';
import { inlineResult, mustOffload, offloadedResult } from './offload';
import { rehydrate } from './rehydrate';
import type { TaskContext } from './task-context';
import { checkPartitionKey } from './partition-key';
import { storable } from './storable';
import { parseTaskEvent } from './task-event';
import { beginTelemetry, logger, measureEnd, publishMetrics, sizesOf } from './telemetry';
import { thrownError } from './thrown-error';

export type TaskFunction<C extends Contract> = (
  input: InputOf<C>,
  context: TaskContext,
) => Promise<OutputOf<C>>;

/** A later attempt has taken the task over; nobody waits for this one. */
class AttemptSuperseded extends DoNotRetry {
  override readonly name = 'Millrace.AttemptSuperseded';
}

const MAX_ERROR_CHARACTERS = 4000;

/** The Lambda handler of a task. */
export function taskHandler<C extends Contract>(contract: C, run: TaskFunction<C>) {
  return async (raw: TaskEvent, lambda: Context): Promise<TaskResult> => {
    const event = parseTaskEvent(contract.name, raw);
    beginTelemetry(event, lambda);
    const result = await attempt(event, lambda);
    // A result that was there already updates nothing.
    if (result.status === 'success' && result.cached !== true) await announceUpdates(event);
    return result;
  };

  async function attempt(event: TaskEvent, lambda: Context): Promise<TaskResult> {
    const started = Date.now();
    const begun = {
      task: event.task,
      status: 'running',
      attempt: event.attempt + 1,
      redrive: event.redrive,
      execution: event.execution,
      invocation: lambda.awsRequestId,
      startedAt: new Date(started).toISOString(),
      memoryMb: Number(lambda.memoryLimitInMB) || 0,
      inputHash: inputHash(event.input),
      codeHash: resourceNames().codeHash,
    } as const satisfies TaskRecord;
    const ended = () => ({ endedAt: new Date().toISOString(), durationMs: Date.now() - started });

    const taken = await startTask(event.run.id, begun);
    if (taken === undefined) return memoOrSuperseded(event, begun);
    await announceRetry(event, taken.before);
    const invocation = new Invocation(contract, event, lambda);
    const identity = { ...begun, variables: async () => invocation.uses.hash() };
    const cached = await fromCache(contract.name, event, identity, invocation.objects);
    if (cached !== undefined) {
      const result = { ...cached.result, cached: true } as const;
      const { run: from, task, at } = cached;
      logger.info('An earlier run had the same code and input; its result is used.', { from, task, at });
      const standing = await succeedTask(event.run.id, {
        ...begun,
        ...ended(),
        status: 'success',
        result,
        cached: { run: from, task, at },
      });
      await announceSuccess(event);
      return standing.invocation === begun.invocation ? result : remembered(standing, result);
    }
    try {
      const result = await withinDeadline(event.task, lambda.getRemainingTimeInMillis(), async (signal) => {
        checkPartitionKey(event);
        const input = await parseInput(contract, event, invocation);
        logger.info('Task started', { input: sizesOf(input) });
        const out = storable(
          event.task,
          parseOutput(contract, event, await run(input, invocation.context(signal))),
        );
        await invocation.closeTracking('FINISHED');
        return { status: 'success', out: await travelling(event, out, invocation) } as const;
      });
      const standing = await succeedTask(event.run.id, { ...begun, ...ended(), status: 'success', result });
      measureEnd(event, 'TaskSuccess', Date.now() - started);
      logger.info('Task succeeded', { durationMs: Date.now() - started });
      await intoCache(contract.name, event, identity, result);
      await announceSuccess(event);
      return standing.invocation === begun.invocation ? result : remembered(standing, result);
    } catch (thrown) {
      const skip = skipOf(contract, event, thrown);
      if (skip !== undefined) {
        const result = { status: 'skipped', out: inlineResult(null, event.returns) } as const;
        await invocation.closeTracking('FINISHED');
        const standing = await succeedTask(event.run.id, {
          ...begun,
          ...ended(),
          status: 'skipped',
          result,
          error: { name: skip.name, message: skip.message.slice(0, MAX_ERROR_CHARACTERS) },
        });
        logger.info('Task skipped', { reason: skip.message });
        return standing.status === 'success' ? remembered(standing, result) : result;
      }
      if (thrown instanceof NotReady && event.poke?.last === false) {
        await recordFailure(event, { ...begun, status: 'running' }, thrown, invocation);
        logger.info('Not ready', { reason: thrown.message });
        throw thrown;
      }
      const failure = thrownError(
        thrown instanceof NotReady ? timedOut(event, thrown) : thrown,
        event.errors,
      );
      const other = await recordFailure(
        event,
        { ...begun, ...ended(), status: 'failed' },
        failure,
        invocation,
      );
      if (other !== undefined) return other;
      measureEnd(event, 'TaskFailure', Date.now() - started);
      logger.error('Task failed', failure);
      await announceFailure(event, failure);
      throw failure;
    } finally {
      await invocation.cleanUp();
      publishMetrics();
    }
  }
}

/** Why a task ends as skipped; nothing when it does not. */
function skipOf(contract: Contract, event: TaskEvent, thrown: unknown): Error | undefined {
  if (thrown instanceof Skipped && contract.skips) return thrown;
  return thrown instanceof NotReady && event.poke?.last === true && event.poke.softFail
    ? timedOut(event, thrown)
    : undefined;
}

function timedOut(event: TaskEvent, last: NotReady): Error {
  return new SensorTimedOut(
    `Task '${event.task}' asked ${event.attempt + 1} times, then the time was up. At last: ${last.message}`,
    { cause: last },
  );
}

async function memoOf(event: TaskEvent): Promise<TaskResult | undefined> {
  const record = await readTaskRecord(event.run.id, event.task);
  if (record?.status !== 'success' || record.result === undefined) return undefined;
  logger.info('The task has succeeded in this run already; its result is used again.', {
    by: record.execution,
  });
  return remembered(record, record.result);
}

function remembered(record: TaskRecord, otherwise: TaskResult): TaskResult {
  return { ...(record.result ?? otherwise), memo: true };
}

/** The task was not taken on: because it has succeeded, and its result is the answer, or because a later attempt runs. */
async function memoOrSuperseded(event: TaskEvent, begun: TaskRecord): Promise<TaskResult> {
  const memo = await memoOf(event);
  if (memo !== undefined) return memo;
  throw thrownError(
    new AttemptSuperseded(
      `Attempt ${begun.attempt} of task '${event.task}' came after a later one had started. Nothing was done.`,
    ),
  );
}

/** Returns the result of somebody else who succeeded meanwhile. Never hides the failure behind one of the stores. */
async function recordFailure(
  event: TaskEvent,
  record: Omit<TaskRecord, 'error'> & { readonly invocation: string },
  failure: Error,
  invocation: Invocation,
): Promise<TaskResult | undefined> {
  try {
    const error = { name: failure.name, message: failure.message.slice(0, MAX_ERROR_CHARACTERS) };
    const recorded = await failTask(event.run.id, { ...record, error });
    if (!recorded) return await memoOf(event);
    await invocation.closeTracking('FAILED');
  } catch (fault) {
    logger.warn('The failure could not be recorded everywhere.', fault as Error);
  }
  return undefined;
}

async function parseInput<C extends Contract>(
  contract: C,
  event: TaskEvent,
  { objects }: Invocation,
): Promise<InputOf<C>> {
  const input = await rehydrate(event.input, objects);
  const parsed = contract.input.safeParse(input);
  if (parsed.success) return parsed.data as InputOf<C>;
  throw new InvalidInput(
    `The input of task '${event.task}' (${contract.name}) of ${event.run.pipeline} does not fit its contract:\n${faultsOf(parsed.error, input)}`,
    { cause: parsed.error },
  );
}

function parseOutput(contract: Contract, event: TaskEvent, returned: unknown): Json {
  const parsed = contract.output.safeParse(returned);
  if (parsed.success) return JSON.parse(JSON.stringify(parsed.data) ?? 'null') as Json;
  throw new InvalidOutput(
    `The handler of task '${event.task}' (${contract.name}) of ${event.run.pipeline} returned what its contract forbids:\n${faultsOf(parsed.error, returned)}`,
    { cause: parsed.error },
  );
}

/** The output as it goes into the state; a large one is stored first. */
async function travelling(event: TaskEvent, out: Json, { objects }: Invocation): Promise<Json> {
  if (!mustOffload(out)) return inlineResult(out, event.returns);
  const text = JSON.stringify(out);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const key = `executions/${event.run.id}/${event.task}/${sha256}.json`;
  const skeleton = offloadedResult(event.task, out, event.returns, {
    bucket: objects.bucket,
    key,
    sha256,
    bytes: Buffer.byteLength(text),
  });
  await objects.putBytes(key, text, { contentType: 'application/json' });
  return skeleton;
}
