import type { Context } from 'aws-lambda';
import { afterExecution } from '../../lib/orchestration/after-run';
import { announceEnd } from '../../lib/orchestration/announce-end';
import { checkExecutionEnded } from '../../lib/orchestration/check-event';
import { endRunOf, ownedRunOf, pipelineOf, type ExecutionEnded } from '../../lib/orchestration/end-run';
import { placeOf } from '../../lib/orchestration/lambda-place';
import { rerunAfterLog } from '../../lib/orchestration/log-triggers/rerun-after-log';

export async function handler(event: ExecutionEnded, context: Context): Promise<void> {
  checkExecutionEnded(event);
  await endRunOf(event);
  await afterExecution(pipelineOf(event.detail), event.detail.executionArn, placeOf(context));
  await announceEnd(event);
  const run = await ownedRunOf(event.detail);
  if (run !== undefined) await rerunAfterLog(run.record.runId, placeOf(context));
}
