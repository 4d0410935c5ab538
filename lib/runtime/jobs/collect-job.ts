/**
 * After a job: its output is checked and recorded, or why there is none. A success is final, a failure leaves under its
 * name, so that the retries of the task see it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { s3Client } from '../../aws/clients/s3';
import { resourceNames } from '../../aws/environment';
import { ObjectNotFound } from '../../aws/object-errors';
import { ObjectStore } from '../../aws/object-store';
import type { TaskEvent, TaskResult } from '../../model/envelope';
import { MillraceError } from '../../model/errors';
import type { HandlerOutput, JobEvent, RecordedJob } from '../../model/job';
import type { Json, JsonObject } from '../../model/json';
import {
  failTask,
  noteJob,
  readTaskRecord,
  succeedTask,
  type TaskRecord,
} from '../../orchestration/task-record';
import { announceFailure, announceSuccess, announceUpdates } from '../announce';
import { CONTAINER, intoCache } from '../cache';
import { faultsOf, InvalidOutput } from '../contract-errors';
import { TaskTimedOut } from '../deadline';
import { inlineResult, mustOffload, offloadedResult } from '../offload';
import { logger } from '../telemetry';
import { thrownError } from '../thrown-error';
import { jobServiceOf } from './job-services';

/** The container of a task ended with an error, or did not begin. */
export class JobFailed extends MillraceError {
  override readonly name = 'Millrace.JobFailed';
}

type Collecting = Extract<JobEvent, { action: 'collect' }>;

const MAX_ERROR_CHARACTERS = 4000;

export async function collectJob(job: Collecting): Promise<TaskResult> {
  const event = { ...job.event, attempt: job.plan.attempt - 1 };
  const log = await logOf(job);
  const held = await readTaskRecord(event.run.id, event.task);
  const record = recordOf(job, held, log);
  await noteJob(event.run.id, event.task, record.job);
  const ended = { endedAt: new Date().toISOString(), durationMs: Date.now() - Date.parse(record.startedAt) };
  try {
    const result = await resultOf(job, event);
    const standing = await succeedTask(event.run.id, {
      ...record,
      ...ended,
      status: result.status,
      result,
    });
    if (job.handler === undefined && result.status === 'success') {
      await intoCache(CONTAINER, event, record, result);
      await announceSuccess(event);
    }
    if (result.status === 'success' && result.cached !== true) await announceUpdates(event);
    return standing.result ?? result;
  } catch (thrown) {
    const failure = thrownError(thrown, event.errors);
    const error = { name: failure.name, message: failure.message.slice(0, MAX_ERROR_CHARACTERS) };
    await failTask(event.run.id, { ...record, ...ended, status: 'failed', error });
    logger.error('Task failed', failure);
    // A handler has told of it itself, unless its container died.
    if (job.handler === undefined || held?.status !== 'failed') await announceFailure(event, failure);
    throw failure;
  }
}

async function resultOf(job: Collecting, event: TaskEvent): Promise<TaskResult> {
  const { end, skipOnExitCode } = job;
  const objects = new ObjectStore(s3Client(), resourceNames().bucket);
  if (job.handler !== undefined) {
    const left = await readOutput<HandlerOutput>(job, objects);
    if (left !== undefined && 'error' in left)
      throw Object.assign(new Error(left.error.message), { name: left.error.name });
    if (left !== undefined && end.status !== 'failed') return left.result;
    throw failureOf(job);
  }
  if (skipOnExitCode !== undefined && end.exitCode === skipOnExitCode)
    return { status: 'skipped', out: inlineResult(null, event.returns) };
  if (end.status !== 'succeeded') throw failureOf(job);
  const out = checked((await readOutput<Json>(job, objects)) ?? null, job);
  return { status: 'success', out: await travelling(event, out, objects) };
}

function failureOf({ event, plan, place, end, timeoutSeconds }: Collecting): Error {
  const where = `The job ${plan.name} of task '${event.task}' on ${place.service}`;
  if (end.error === 'States.Timeout')
    return new TaskTimedOut(
      `${where} was stopped, as it was not done after ${timeoutSeconds} s. Give the task a longer timeout, or less to do.`,
    );
  const code = typeof end.exitCode === 'number' ? ` with the exit code ${end.exitCode}` : '';
  const reason = end.reason ? `: ${end.reason}` : '';
  const started =
    end.status === 'unknown' ? ` did not run (${end.error ?? 'no word of it'})` : ` failed${code}`;
  return new JobFailed(
    `${where}${started}${reason}. Its lines: npx millrace logs ${event.run.id} ${event.task}`,
  );
}

/** What the container wrote; nothing when it wrote nothing. */
async function readOutput<T>({ plan, event }: Collecting, objects: ObjectStore): Promise<T | undefined> {
  try {
    return await objects.getJson<T>(plan.outputUri);
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined;
    if (error instanceof SyntaxError)
      throw new InvalidOutput(`The container of task '${event.task}' wrote no JSON: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}

function checked(out: Json, { event, plan, outputSchema = {} }: Collecting): Json {
  const parsed = schemaOf(outputSchema).safeParse(out);
  if (parsed.success) return parsed.data as Json;
  throw new InvalidOutput(
    `The container of task '${event.task}' of ${event.run.pipeline} wrote to ${plan.outputUri} what its output forbids:\n${faultsOf(parsed.error, out)}`,
    { cause: parsed.error },
  );
}

function schemaOf(schema: JsonObject): z.ZodType {
  return Object.keys(schema).length === 0 ? z.json() : z.fromJSONSchema(schema);
}

/** The output as it goes into the state; a large one is stored first. */
async function travelling(event: TaskEvent, out: Json, objects: ObjectStore): Promise<Json> {
  if (!mustOffload(out)) return inlineResult(out, event.returns);
  const text = JSON.stringify(out);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const key = `executions/${event.run.id}/${event.task}/${sha256}.json`;
  const place = { bucket: objects.bucket, key, sha256, bytes: Buffer.byteLength(text) };
  const skeleton = offloadedResult(event.task, out, event.returns, place);
  await objects.putBytes(key, text, { contentType: 'application/json' });
  return skeleton;
}

/** The record as the attempt began it, with the place of the lines. */
function recordOf(
  { event, plan, place, memoryMb }: Collecting,
  held: TaskRecord | undefined,
  log: RecordedJob['log'],
): TaskRecord & { readonly invocation: string; readonly job: RecordedJob } {
  const {
    result: _result,
    error: _error,
    ...kept
  } = held ?? {
    startedAt: event.run.startedAt,
    memoryMb,
    redrive: event.redrive,
  };
  const number = Number(plan.name.split('-').at(-1));
  return {
    ...kept,
    task: event.task,
    status: 'running',
    attempt: plan.attempt,
    execution: event.execution,
    invocation: plan.name,
    job: { service: place.service, name: plan.name, number, ...(log === undefined ? {} : { log }) },
  };
}

/** Where the lines of the job are. Those of a service without log groups become lines of this function. */
async function logOf({ place, plan }: Collecting): Promise<RecordedJob['log']> {
  try {
    const service = await jobServiceOf(place);
    for (const line of (await service.lines?.(place, plan.name)) ?? []) logger.info(line);
    const { stream } = await service.describe(place, plan.name);
    return stream === undefined ? undefined : { group: place.logGroup, stream };
  } catch (fault) {
    logger.warn('Where the lines of the job are could not be found out.', fault as Error);
    return undefined;
  }
}
