import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import { endRun, runExists } from '../tracking/runs';
import { parentRunIdOf } from '../tracking/task-tracking';
import { listingKey, runKey } from './keys';
import type { RunRecord, RunStatus } from './run-record';

/** Ends a logical run if `execution` still owns it. Returns false when it had ended or belongs to another execution. */
export async function closeRun(
  run: Pick<RunRecord, 'runId' | 'pipeline' | 'startedAt'>,
  execution: string,
  status: Exclude<RunStatus, 'running'>,
  message: string,
  endedAt: string,
): Promise<boolean> {
  const TableName = resourceNames().orchestrationTable;
  const update = {
    TableName,
    UpdateExpression: 'SET #status = :status, endedAt = :ended, #message = :message',
    ExpressionAttributeNames: { '#status': 'status', '#message': 'message' },
  };
  const values = {
    ':status': status,
    ':ended': endedAt,
    ':message': message,
    ':execution': execution,
    ':running': 'running',
  };
  try {
    await documentClient().send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Update: {
              ...update,
              Key: runKey(run.runId),
              ConditionExpression: 'execution = :execution AND #status = :running',
              ExpressionAttributeValues: values,
            },
          },
          {
            Update: {
              ...update,
              Key: listingKey(run.pipeline, run.startedAt, run.runId),
              ConditionExpression: 'execution = :execution AND #status = :running',
              ExpressionAttributeValues: values,
            },
          },
        ],
      }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'TransactionCanceledException') return false;
    throw error;
  }
  const parent = parentRunIdOf(run.runId);
  if (await runExists(parent))
    await endRun(
      parent,
      status === 'success' ? 'FINISHED' : status === 'aborted' ? 'KILLED' : 'FAILED',
      Date.parse(endedAt),
    );
  return true;
}
