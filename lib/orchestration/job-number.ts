import { orchestrationTable } from '../aws/tables';
import { expiry, jobCountKey } from './keys';

/** The number of the next job of a task in a run: 1 at first, and never one that was given before. */
export async function nextJobNumber(runId: string, task: string): Promise<number> {
  return orchestrationTable().increment(jobCountKey(runId, task), 'count', expiry(Date.now()));
}
