import { orchestrationTable } from '../../lib/aws/tables';
import { queueItem } from '../../lib/orchestration/queue';

/** A run that waits, without anybody who admits it. */
export async function putQueued(pipeline: string, logicalDate: string): Promise<string> {
  const runId = `${pipeline}--queued`;
  await orchestrationTable().put(
    queueItem({
      runId,
      pipeline,
      execution: runId,
      logicalDate,
      queuedAt: logicalDate,
      input: { runId, logicalDate },
    }),
  );
  return runId;
}
