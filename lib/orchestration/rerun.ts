/**
 * Runs a logical run again: what succeeded keeps its result (its memo), unless it is cleared. The new execution takes the
 * run on, with the definition that is deployed now, and the same params, logical date and interval.
 */
import { NEW, put, remove } from '../aws/dynamo-table';
import { orchestrationTable } from '../aws/tables';
import { DoNotRetry } from '../model/errors';
import { recordAudit } from './audit';
import { hasEnded } from './execution-state';
import { expiry, rerunByBackfillKey, taskKey } from './keys';
import { admit, queueItem, type QueuedRun } from './queue';
import type { Place } from './place';
import { readRun, type RecordedRun } from './read-run';
import type { RunRecord } from './run-record';

export class NotRerunnable extends DoNotRetry {
  override readonly name = 'Millrace.NotRerunnable';
}

export interface RerunRequest {
  readonly runId: string;
  /** Tasks whose results are forgotten; `all` for a run from the beginning. @default none: only what did not succeed */
  readonly clear?: readonly string[] | 'all';
  /** The version that the run was started with, or the one that is live now. @default now */
  readonly code?: 'then' | 'now';
  readonly by?: string;
  readonly why?: string;
  readonly backfill?: string;
  /** Leaves the admission to the caller. @default false */
  readonly wait?: boolean;
}

export interface Rerun {
  readonly runId: string;
  readonly execution: string;
  readonly cleared: readonly string[];
}

const TRANSACTION = 90;

/** @throws NotRerunnable before anything is written */
export async function rerun(request: RerunRequest, place: Place): Promise<Rerun> {
  // A backfill runs a run again once, however often it is told to.
  const once =
    request.backfill === undefined ? undefined : rerunByBackfillKey(request.runId, request.backfill);
  const done = once === undefined ? undefined : await orchestrationTable().get<Rerun>(once);
  if (done !== undefined) return resultOf(done);
  const run = await endedRun(request.runId);
  const { record } = run;
  const known = new Set(run.tasks.map((task) => task.task));
  const cleared =
    request.clear === 'all' ? [...known] : (request.clear ?? []).filter((task) => known.has(task));
  const { context } = record;
  const execution = executionName(record.runId, record.executions.length + 1);
  const queued: QueuedRun = {
    runId: record.runId,
    pipeline: record.pipeline,
    execution,
    logicalDate: context.logicalDate,
    queuedAt: place.now().toISOString(),
    input: {
      runId: record.runId,
      params: context.params,
      trigger: context.trigger,
      logicalDate: context.logicalDate,
      dataIntervalStart: context.dataIntervalStart,
      dataIntervalEnd: context.dataIntervalEnd,
      ...(context.cache === false ? { cache: false } : {}),
    },
    ...(request.backfill === undefined ? {} : { backfill: request.backfill }),
    ...(request.code === 'then' ? { version: versionThen(record) } : {}),
  };
  // With many tasks the results go first: a run that is cleared and not started can be asked for again.
  for (let i = TRANSACTION; i < cleared.length; i += TRANSACTION)
    await orchestrationTable().transact(
      cleared.slice(i, i + TRANSACTION).map((task) => remove(taskKey(record.runId, task))),
    );
  const result: Rerun = { runId: record.runId, execution, cleared };
  const refused = await orchestrationTable().transact([
    ...(once === undefined ? [] : [put({ ...once, ...result, ttl: expiry(place.now().getTime()) }, NEW)]),
    ...cleared.slice(0, TRANSACTION).map((task) => remove(taskKey(record.runId, task))),
    put(queueItem(queued)),
  ]);
  if (refused !== undefined) return result;
  await recordAudit(
    record.runId,
    {
      action: cleared.length === 0 ? 'rerun' : 'clear',
      by: request.by ?? 'unknown',
      ...(request.why === undefined ? {} : { why: request.why }),
      details: { execution, cleared, ...(request.code === undefined ? {} : { code: request.code }) },
    },
    place,
  );
  if (request.wait !== true) await admit(record.pipeline, place);
  return result;
}

function resultOf({ runId, execution, cleared }: Rerun): Rerun {
  return { runId, execution, cleared };
}

/** @throws NotRerunnable for a run of a time without versions */
function versionThen({ runId, version }: RunRecord): number {
  if (version !== undefined) return version;
  throw new NotRerunnable(
    `With which version the run ${runId} was started is not known: it was started as the machine itself, not through its alias. Rerun it with the code of now.`,
  );
}

/** @throws NotRerunnable */
export async function endedRun(runId: string): Promise<RecordedRun> {
  const run = await readRun(runId);
  if (run === undefined) throw new NotRerunnable(`There is no run ${runId}. See: millrace runs`);
  if (run.record.status === 'running' && !(await hasEnded(run.record.execution)))
    throw new NotRerunnable(
      `The run ${runId} is going on. Wait for its end, or cancel it first: millrace cancel ${runId}`,
    );
  return run;
}

/** `<run id>--r2`: the second execution of a run, asked for twice, is one. */
function executionName(runId: string, number: number): string {
  const suffix = `--r${number}`;
  return `${runId.slice(0, 80 - suffix.length)}${suffix}`;
}
