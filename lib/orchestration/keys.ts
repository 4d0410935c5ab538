/** Keys of the orchestration table, and how long its items stay. */
import type { Key } from '../aws/dynamo-table';

const TASK_PREFIX = 'TASK#';
const QUEUE_PREFIX = 'QUEUE#';
const DATE_PREFIX = 'DATE#';

const pipelinePk = (pipeline: string): string => `PIPELINE#${pipeline}`;

export const runKey = (runId: string): Key => ({ pk: `RUN#${runId}`, sk: 'META' });
export const taskKey = (runId: string, task: string): Key => ({
  pk: runKey(runId).pk,
  sk: `${TASK_PREFIX}${task}`,
});
/** How many jobs were begun for a task of a run; outlives the task's record, which clearing removes. */
export const jobCountKey = (runId: string, task: string): Key => ({
  pk: runKey(runId).pk,
  sk: `JOBS#${task}`,
});
/** All task records of a run. */
export const tasksOf = (runId: string) => ({ pk: runKey(runId).pk, prefix: TASK_PREFIX });
/** A run that ended, whose logs are not in the archive yet; oldest end first, of all pipelines. */
export const unarchivedKey = (endedAt: string, runId: string): Key => ({
  pk: 'UNARCHIVED',
  sk: `${endedAt}#${runId}`,
});
/** Those that ended before an instant. */
export const unarchivedBefore = (instant: string) => ({ pk: 'UNARCHIVED', between: ['0', instant] as const });
/** That a run is to be run again if it fails, because of what a task logged. */
export const logRerunKey = (runId: string): Key => ({ pk: runKey(runId).pk, sk: 'LOGRERUN' });
/** What people and schedules did to a run. */
export const auditKey = (runId: string, at: string, id: string): Key => ({
  pk: runKey(runId).pk,
  sk: `AUDIT#${at}#${id}`,
});
export const auditOf = (runId: string) => ({ pk: runKey(runId).pk, prefix: 'AUDIT#' });

export const pipelineAuditKey = (pipeline: string, at: string, id: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `AUDIT#${at}#${id}`,
});
export const pipelineAuditOf = (pipeline: string) => ({ pk: pipelinePk(pipeline), prefix: 'AUDIT#' });

export const listingKey = (pipeline: string, startedAt: string, runId: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `RUN#${startedAt}#${runId}`,
});
/** Which logical run a request to launch became. */
export const launchKey = (pipeline: string, token: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `LAUNCH#${token}`,
});
/** Paused or not, and up to which tick the schedule has been served. */
export const stateKey = (pipeline: string): Key => ({ pk: pipelinePk(pipeline), sk: 'STATE' });
/** Who holds the slots of `maxActiveRuns`. */
export const slotsKey = (pipeline: string): Key => ({ pk: pipelinePk(pipeline), sk: 'SLOTS' });
/** Runs that wait for a slot, oldest logical date first. */
export const queueKey = (pipeline: string, logicalDate: string, runId: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `${QUEUE_PREFIX}${logicalDate}#${runId}`,
});
export const queueOf = (pipeline: string) => ({ pk: pipelinePk(pipeline), prefix: QUEUE_PREFIX });
/** Scheduled and backfilled runs by logical date. */
export const dateKey = (pipeline: string, logicalDate: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `${DATE_PREFIX}${logicalDate}`,
});
export const datesOf = (pipeline: string, from: string, to: string) => ({
  pk: pipelinePk(pipeline),
  between: [`${DATE_PREFIX}${from}`, `${DATE_PREFIX}${to}`] as const,
});
/** All pipelines for which a run was ever asked, or that had a state, for the sweep. */
export const pipelineKey = (pipeline: string): Key => ({ pk: 'PIPELINES', sk: pipeline });
export const allPipelines = { pk: 'PIPELINES' };

export const backfillKey = (pipeline: string, id: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `BACKFILL#${id}`,
});
/** That a backfill has run a run again. */
export const rerunByBackfillKey = (runId: string, backfill: string): Key => ({
  pk: `RUN#${runId}`,
  sk: `BACKFILL#${backfill}`,
});
export const backfillsOf = (pipeline: string) => ({ pk: pipelinePk(pipeline), prefix: 'BACKFILL#' });

/** What a task keeps from run to run. */
export const taskStateKey = (pipeline: string, task: string, key: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `TASKSTATE#${task}#${key}`,
});

/** Who holds slots of a pool; who waits for them; all pools. */
export const poolKey = (pool: string): Key => ({ pk: `POOL#${pool}`, sk: 'SLOTS' });
export const poolWaiterKey = (pool: string, id: string): Key => ({ pk: `POOL#${pool}`, sk: `WAIT#${id}` });
export const poolWaitersOf = (pool: string) => ({ pk: `POOL#${pool}`, prefix: 'WAIT#' });
export const poolListKey = (pool: string): Key => ({ pk: 'POOLS', sk: pool });
export const allPools = { pk: 'POOLS' };
/** Result of a task that other runs may use. */
export const cacheKey = (key: string): Key => ({ pk: `CACHE#${key}`, sk: 'RESULT' });
/** What a trigger on datasets has seen since its last run. */
export const datasetsKey = (pipeline: string, trigger: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `DATASETS#${trigger}`,
});
/** That an update of a dataset was counted. */
export const updateKey = (pipeline: string, trigger: string, update: string): Key => ({
  pk: pipelinePk(pipeline),
  sk: `UPDATE#${trigger}#${update}`,
});
/** That somebody was told of something that happened to a run. */
export const toldKey = (runId: string, occasion: string): Key => ({
  pk: runKey(runId).pk,
  sk: `TOLD#${occasion}`,
});
/** All notifications of a stage, oldest first. */
export const notificationsPk = 'NOTIFICATIONS';
export const notificationKey = (at: string, id: string): Key => ({ pk: notificationsPk, sk: `${at}#${id}` });

const KEEP_DAYS = 400;

/** Value of the TTL attribute, seconds since 1970. */
export function expiry(now: number): number {
  return Math.floor(now / 1000) + KEEP_DAYS * 86_400;
}
