import type { Context } from 'aws-lambda';
import { afterExecution } from '../../lib/orchestration/after-run';
import { announceEnd } from '../../lib/orchestration/announce-end';
import { endRunOf, pipelineOf, type ExecutionEnded } from '../../lib/orchestration/end-run';
import { placeOf } from '../../lib/orchestration/lambda-place';

export async function handler(event: ExecutionEnded, context: Context): Promise<void> {
  await endRunOf(event);
  await afterExecution(pipelineOf(event.detail), event.detail.executionArn, placeOf(context));
  await announceEnd(event);
}
