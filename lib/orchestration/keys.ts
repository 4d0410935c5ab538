/** Keys of the orchestration table, and how long its items stay. */
import type { Key } from '../aws/dynamo-table';

const TASK_PREFIX = 'TASK#';

export const runKey = (runId: string): Key => ({ pk: `RUN#${runId}`, sk: 'META' });
export const taskKey = (runId: string, task: string): Key => ({
  pk: runKey(runId).pk,
  sk: `${TASK_PREFIX}${task}`,
});
/** All task records of a run. */
export const tasksOf = (runId: string) => ({ pk: runKey(runId).pk, prefix: TASK_PREFIX });
export const listingKey = (pipeline: string, startedAt: string, runId: string): Key => ({
  pk: `PIPELINE#${pipeline}`,
  sk: `RUN#${startedAt}#${runId}`,
});
/** Which logical run a request to launch became. */
export const launchKey = (pipeline: string, token: string): Key => ({
  pk: `PIPELINE#${pipeline}`,
  sk: `LAUNCH#${token}`,
});

const KEEP_DAYS = 400;

/** Value of the TTL attribute, seconds since 1970. */
export function expiry(now: number): number {
  return Math.floor(now / 1000) + KEEP_DAYS * 86_400;
}
