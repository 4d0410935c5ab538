/** Results of tasks that may be used again by other runs, for as long as the task says. */
import { orchestrationTable } from '../aws/tables';
import type { TaskResult } from '../model/envelope';
import { cacheKey } from './keys';

export interface CachedResult {
  readonly result: TaskResult;
  /** Who made it, and when. */
  readonly run: string;
  readonly task: string;
  readonly at: string;
}

/** @param maxAgeSeconds the reader decides what is too old */
export async function readCached(
  key: string,
  maxAgeSeconds: number,
  now: Date,
): Promise<CachedResult | undefined> {
  const found = await orchestrationTable().get<CachedResult>(cacheKey(key));
  return found !== undefined && now.getTime() - Date.parse(found.at) <= maxAgeSeconds * 1000
    ? found
    : undefined;
}

export async function writeCached(key: string, cached: CachedResult, keepSeconds: number): Promise<void> {
  const ttl = Math.ceil(Date.parse(cached.at) / 1000 + keepSeconds);
  await orchestrationTable().put({ ...cacheKey(key), ...cached, ttl });
}
