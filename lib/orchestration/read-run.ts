import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import { runKey } from './keys';
import type { RunRecord } from './run-record';
import type { TaskRecord } from './task-record';

export interface RecordedRun {
  readonly record: RunRecord;
  readonly tasks: readonly TaskRecord[];
}

/** A logical run with the records of its tasks, strongly consistent; `undefined` when there is none. */
export async function readRun(runId: string): Promise<RecordedRun | undefined> {
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await documentClient().send(
      new QueryCommand({
        TableName: resourceNames().orchestrationTable,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': runKey(runId).pk },
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  const meta = items.find((item) => item['sk'] === 'META');
  if (meta === undefined) return undefined;
  return {
    record: meta as unknown as RunRecord,
    tasks: items.filter((item) => String(item['sk']).startsWith('TASK#')) as unknown as TaskRecord[],
  };
}
