/** Keys of the orchestration table. */
export const runKey = (runId: string) => ({ pk: `RUN#${runId}`, sk: 'META' });
export const taskKey = (runId: string, task: string) => ({ pk: `RUN#${runId}`, sk: `TASK#${task}` });
export const listingKey = (pipeline: string, startedAt: string, runId: string) => ({
  pk: `PIPELINE#${pipeline}`,
  sk: `RUN#${startedAt}#${runId}`,
});

const KEEP_DAYS = 400;

/** Value of the TTL attribute, seconds since 1970. */
export function expiry(now: number): number {
  return Math.floor(now / 1000) + KEEP_DAYS * 86_400;
}
