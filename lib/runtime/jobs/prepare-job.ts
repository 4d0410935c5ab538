/**
 * Before a job: what it is called, its input in S3, its record. Whether one is started at all depends on the record:
 *
 * | record  | the job of that name | so                                                |
 * | ------- | -------------------- | ------------------------------------------------- |
 * | success |                      | its result is the answer                          |
 * | running | runs, or succeeded   | it is waited for, whichever execution started it  |
 * | running | is gone              | the name is used again: it was never started      |
 * | running | failed               | a new number                                      |
 * | failed  |                      | a new number                                      |
 * | cleared |                      | a new number: services remember the old names     |
 */
import { s3Client } from '../../aws/clients/s3';
import { resourceNames } from '../../aws/environment';
import { ObjectStore } from '../../aws/object-store';
import type { TaskEvent, TaskResult } from '../../model/envelope';
import { DoNotRetry } from '../../model/errors';
import type { HandlerInput, JobEvent, JobPlan } from '../../model/job';
import { nextJobNumber } from '../../orchestration/job-number';
import type { CachedResult } from '../../orchestration/result-cache';
import { readTaskRecord, startTask, succeedTask, type TaskRecord } from '../../orchestration/task-record';
import { announceRetry, announceSuccess, announceUpdates } from '../announce';
import { CONTAINER, fromCache } from '../cache';
import { inputHash } from '../input-hash';
import { checkPartitionKey } from '../partition-key';
import { rehydrate } from '../rehydrate';
import { logger } from '../telemetry';
import { jobNameOf } from './job-name';
import { jobServiceOf } from './job-services';

/** An environment variable with the input; ECS takes 8 KB of overrides in all. */
const MAX_INLINE_CHARACTERS = 2048;

export async function prepareJob(job: JobEvent): Promise<JobPlan> {
  const { event, place } = job;
  checkPartitionKey(event);
  const earlier = await readTaskRecord(event.run.id, event.task);
  const memo = memoOf(earlier);
  if (memo !== undefined) {
    // A result that was there already updates nothing.
    if (memo.cached !== true) await announceUpdates(event);
    return { ...planOf(event, 1, earlier?.attempt ?? 1, 'done'), result: memo };
  }
  const decided = await decide(job, earlier);
  const plan = planOf(event, decided.number, decided.attempt, decided.how);
  const begun = {
    task: event.task,
    status: 'running',
    attempt: decided.attempt,
    redrive: event.redrive,
    execution: event.execution,
    invocation: plan.name,
    startedAt: new Date().toISOString(),
    memoryMb: job.memoryMb,
    inputHash: inputHash(event.input),
    ...(job.handler === undefined ? {} : { codeHash: job.handler.codeHash }),
    job: { service: place.service, name: plan.name, number: decided.number },
  } as const satisfies TaskRecord;
  // A handler looks for earlier results itself.
  const cached =
    job.handler === undefined && decided.how === 'start'
      ? await fromCache(CONTAINER, event, begun, new ObjectStore(s3Client(), resourceNames().bucket))
      : undefined;
  if (!(await startTask(event.run.id, cached === undefined ? begun : withoutJob(begun)))) {
    const result = memoOf(await readTaskRecord(event.run.id, event.task));
    if (result !== undefined) return { ...plan, how: 'done', result };
    throw new DoNotRetry(
      `Attempt ${decided.attempt} of task '${event.task}' came after a later one had started. Nothing was done.`,
    );
  }
  // A handler tells of it itself.
  if (job.handler === undefined) await announceRetry({ ...event, attempt: decided.attempt - 1 }, earlier);
  if (cached !== undefined)
    return { ...plan, how: 'done', result: await recordEarlier(event, begun, cached) };
  if (decided.how === 'watch')
    logger.info('A job of an earlier attempt is there already; it is waited for.', { job: plan.name });
  const input = await writeInput(job, plan);
  return {
    ...plan,
    input: input.length <= MAX_INLINE_CHARACTERS ? input : '',
    ...(place.service === 'fargate' ? { network: network() } : {}),
    ...(place.service === 'kubernetes' ? { cluster: await clusterOf(place.where) } : {}),
  };
}

/** The result of an earlier run becomes this one's. */
async function recordEarlier(
  event: TaskEvent,
  begun: Begun,
  { result: earlier, run, task, at }: CachedResult,
): Promise<TaskResult> {
  logger.info('An earlier run had the same image and input; its result is used.', { from: run, task, at });
  const result = { ...earlier, cached: true } as const;
  const standing = await succeedTask(event.run.id, {
    ...withoutJob(begun),
    status: 'success',
    endedAt: new Date().toISOString(),
    durationMs: Date.now() - Date.parse(begun.startedAt),
    result,
    cached: { run, task, at },
  });
  await announceSuccess(event);
  return standing.result ?? result;
}

type Begun = TaskRecord & { readonly redrive: number };

function withoutJob({ job: _none, ...record }: Begun): Begun {
  return record;
}

interface Decided {
  readonly how: 'start' | 'watch';
  readonly number: number;
  readonly attempt: number;
}

async function decide({ event, place }: JobEvent, earlier: TaskRecord | undefined): Promise<Decided> {
  const sameExecution = earlier?.execution === event.execution && earlier.redrive === event.redrive;
  const attempt = sameExecution ? earlier.attempt + 1 : 1;
  const last = earlier?.job;
  const another = async (): Promise<Decided> => ({
    how: 'start',
    number: await nextJobNumber(event.run.id, event.task),
    attempt,
  });
  if (last === undefined || earlier?.status !== 'running') return another();
  // A task that was moved to another service since has nothing there that could be found.
  if (last.service !== place.service) return another();
  const service = await jobServiceOf(place);
  const { status } = await service.describe(place, jobNameOf(event.run.id, event.task, last.number));
  switch (status) {
    case 'running':
    case 'succeeded':
      return { how: 'watch', number: last.number, attempt };
    case 'failed':
      return another();
    case 'gone':
      return { how: 'start', number: last.number, attempt: sameExecution ? earlier.attempt : 1 };
  }
}

function planOf(event: TaskEvent, number: number, attempt: number, how: JobPlan['how']): JobPlan {
  const name = jobNameOf(event.run.id, event.task, number);
  const folder = `s3://${resourceNames().bucket}/executions/${event.run.id}/${event.task}/${name}`;
  return {
    how,
    name,
    attempt,
    inputUri: `${folder}/input.json`,
    outputUri: `${folder}/output.json`,
    input: '',
  };
}

function memoOf(record: TaskRecord | undefined): TaskResult | undefined {
  return record?.status === 'success' && record.result !== undefined
    ? { ...record.result, memo: true }
    : undefined;
}

/** Returns what the container finds there, if it is no handler's. */
async function writeInput({ event, handler, ...job }: JobEvent, plan: JobPlan): Promise<string> {
  const { bucket } = resourceNames();
  const objects = new ObjectStore(s3Client(), bucket);
  const key = plan.inputUri.slice(`s3://${bucket}/`.length);
  const text = JSON.stringify(
    handler === undefined
      ? await rehydrate(event.input, objects)
      : ({
          event: { ...event, attempt: plan.attempt - 1 },
          bundle: handler.bundle,
          ...(handler.layer === undefined ? {} : { layer: handler.layer }),
          environment: environmentOf(handler),
          job: plan.name,
          timeoutSeconds: job.timeoutSeconds,
          memoryMb: job.memoryMb,
        } satisfies HandlerInput),
  );
  await objects.putBytes(key, text, { contentType: 'application/json' });
  return handler === undefined ? text : '';
}

/** What every function of the stage has in its environment. */
function environmentOf(handler: NonNullable<JobEvent['handler']>): Record<string, string> {
  const names = [
    'MILLRACE_STAGE',
    'MILLRACE_BUCKET',
    'MILLRACE_TRACKING_TABLE',
    'MILLRACE_ORCHESTRATION_TABLE',
    'MILLRACE_ALARM_TOPIC',
    'MILLRACE_BUS',
    'POWERTOOLS_METRICS_NAMESPACE',
  ];
  return {
    ...handler.environment,
    ...Object.fromEntries(names.map((name) => [name, process.env[name] ?? ''])),
    MILLRACE_CODE_HASH: handler.codeHash,
    POWERTOOLS_SERVICE_NAME: handler.service,
  };
}

/** The client of EKS is loaded for Kubernetes only. */
async function clusterOf(name: string): Promise<NonNullable<JobPlan['cluster']>> {
  const { eksCluster } = await import('../../connections/kubernetes');
  const { endpoint, certificateAuthority } = await eksCluster(name);
  return { endpoint, certificateAuthority };
}

function network(): NonNullable<JobPlan['network']> {
  const list = (name: string): string[] => (process.env[name] ?? '').split(',').filter((id) => id !== '');
  return {
    subnets: list('MILLRACE_SUBNETS'),
    securityGroups: list('MILLRACE_SECURITY_GROUPS'),
    assignPublicIp: process.env['MILLRACE_PUBLIC_IP'] === 'true' ? 'ENABLED' : 'DISABLED',
  };
}
