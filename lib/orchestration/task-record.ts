/**
 * The record of a task in a logical run. Three rules decide who may write it:
 *
 * 1. A success is final. It is the memo that keeps the task from running again, and whoever comes later gets its result.
 * 2. An attempt starts unless a later attempt of the same execution has started already.
 * 3. A failure is recorded only by the attempt that holds the record.
 */
import type { Update } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import type { TaskResult, TaskStatus } from '../model/envelope';
import type { RecordedJob } from '../model/job';
import { expiry, taskKey } from './keys';

export interface TaskRecord {
  readonly task: string;
  readonly status: TaskStatus | 'running';
  /** 1 at the first attempt; 0 for a task that never ran. */
  readonly attempt: number;
  /** How often the execution had been redriven. */
  readonly redrive?: number;
  readonly execution: string;
  /** Id of the invocation that wrote it. */
  readonly invocation?: string;
  /** ISO instants. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  readonly memoryMb?: number;
  /** SHA-256 of the task's input, with the content of what lies in S3 standing for its place. */
  readonly inputHash?: string;
  /** SHA-256 of the function's bundle. */
  readonly codeHash?: string;
  readonly result?: TaskResult;
  /** The output as JSON, of a task whose state machine writes its record itself. */
  readonly resultText?: string;
  /** Whose result it is, when it did not run because an earlier one would do. */
  readonly cached?: { readonly run: string; readonly task: string; readonly at: string };
  readonly error?: { readonly name: string; readonly message: string };
  /** Of a task that runs in a container. What others write into the record leaves it as it is. */
  readonly job?: RecordedJob;
}

export async function readTaskRecord(runId: string, task: string): Promise<TaskRecord | undefined> {
  return orchestrationTable().get<TaskRecord>(taskKey(runId, task));
}

// Without a count of redrives nothing has started: the record was written for a task that did not run.
const NOT_LATER =
  '(#execution <> :execution OR attribute_not_exists(#redrive) OR #redrive < :redrive OR (#redrive = :redrive AND #attempt <= :attempt))';

/**
 * Takes a task on, and tells what its record was before. Nothing when the task has succeeded, or when a later attempt of the
 * same execution has started.
 */
export async function startTask(
  runId: string,
  record: TaskRecord & { readonly redrive: number },
): Promise<{ readonly before: TaskRecord | undefined } | undefined> {
  const taken = await orchestrationTable().replace(taskKey(runId, record.task), changeTo(record, NOT_LATER));
  return taken as { readonly before: TaskRecord | undefined } | undefined;
}

/** Records a success if there is none yet. Returns the record that stands then: this one, or that of who was faster. */
export async function succeedTask(runId: string, record: TaskRecord): Promise<TaskRecord> {
  const written = await write(runId, record);
  return written ? record : ((await readTaskRecord(runId, record.task)) ?? record);
}

/** Records a failure if the same invocation holds the record. Returns false when it does not. */
export async function failTask(
  runId: string,
  record: TaskRecord & { readonly invocation: string },
): Promise<boolean> {
  return write(runId, record, '#invocation = :invocation');
}

/** Records an end that the task itself could not record. Returns false when the task has succeeded. */
export async function settleTask(runId: string, record: TaskRecord): Promise<boolean> {
  return write(runId, record);
}

/** Says in a record where the lines of its job are, however the task ended. */
export async function noteJob(runId: string, task: string, job: RecordedJob): Promise<boolean> {
  return orchestrationTable().update(taskKey(runId, task), {
    UpdateExpression: 'SET #job = :job',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#job': 'job' },
    ExpressionAttributeValues: { ':job': job },
  });
}

/** A success without a result is that of a branch or a join: it says that the state was passed, and answers nothing. */
const NO_MEMO = '(#status <> :success OR attribute_not_exists(#result))';

/** Replaces the whole record, unless a success stands in it or the further condition does not hold. */
async function write(runId: string, record: TaskRecord, condition?: string): Promise<boolean> {
  return orchestrationTable().update(taskKey(runId, record.task), changeTo(record, condition));
}

function changeTo(record: TaskRecord, condition?: string): Update {
  const fields = { ...record, ttl: expiry(Date.now()) };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const absent = OPTIONAL.filter((name) => fields[name] === undefined);
  return {
    UpdateExpression: [
      `SET ${given.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      absent.length === 0 ? '' : `REMOVE ${absent.map((name) => `#${name}`).join(', ')}`,
    ].join(' '),
    ConditionExpression: `attribute_not_exists(pk) OR (${[NO_MEMO, ...(condition === undefined ? [] : [condition])].join(' AND ')})`,
    // Placeholders for all: DynamoDB reserves some 570 words, and adds to them.
    ExpressionAttributeNames: Object.fromEntries(
      [...given.map(([name]) => name), ...absent].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: {
      ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
      ':success': 'success',
    },
  };
}

const OPTIONAL = [
  'redrive',
  'invocation',
  'endedAt',
  'durationMs',
  'memoryMb',
  'inputHash',
  'codeHash',
  'result',
  'cached',
  'error',
] as const satisfies readonly (keyof TaskRecord)[];
