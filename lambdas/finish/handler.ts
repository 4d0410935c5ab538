import type { FinishEvent, FinishResult } from '../../lib/model/envelope';
import { RunFailed } from '../../lib/model/errors';
import { finishRun } from '../../lib/orchestration/finish-run';

/** @throws RunFailed when the run has failed, so that its execution fails: that needs no state of its own. */
export async function handler(event: FinishEvent): Promise<FinishResult> {
  const result = await finishRun(event);
  if (result.status === 'failed') throw new RunFailed(result.message);
  return result;
}
