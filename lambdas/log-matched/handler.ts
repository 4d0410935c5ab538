/** Gets the lines of tasks' logs that have a text a pipeline asked for; see `onLog` of a pipeline. */
import type { CloudWatchLogsEvent, Context } from 'aws-lambda';
import { placeOf } from '../../lib/orchestration/lambda-place';
import { answerLines, type Answered } from '../../lib/orchestration/log-triggers/answer-lines';
import { readLogBatch } from '../../lib/orchestration/log-triggers/log-batch';

export async function handler(event: CloudWatchLogsEvent, context: Context): Promise<Answered[]> {
  return answerLines(readLogBatch(event), placeOf(context));
}
