/**
 * The record of a task in a logical run; a success in it is the memo that keeps the task from running twice.
 * The first success wins: whoever comes later gets the winner's result.
 */
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import type { TaskResult, TaskStatus } from '../model/envelope';
import { expiry, taskKey } from './keys';

export interface TaskRecord {
  readonly task: string;
  readonly status: TaskStatus | 'running';
  readonly attempt: number;
  readonly execution: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly durationMs?: number;
  readonly memoryMb?: number;
  readonly codeHash?: string;
  readonly result?: TaskResult;
  readonly error?: { readonly name: string; readonly message: string };
}

export async function readTaskRecord(runId: string, task: string): Promise<TaskRecord | undefined> {
  const { Item } = await documentClient().send(
    new GetCommand({
      TableName: resourceNames().orchestrationTable,
      Key: taskKey(runId, task),
      ConsistentRead: true,
    }),
  );
  return Item as TaskRecord | undefined;
}

/** Writes the record unless the task has succeeded already. Returns the record that stands then. */
export async function writeTaskRecord(runId: string, record: TaskRecord): Promise<TaskRecord> {
  const { task, ...fields } = record;
  const names = Object.keys(fields).filter((name) => fields[name as keyof typeof fields] !== undefined);
  const stale = ['endedAt', 'durationMs', 'result', 'error'].filter((name) => !names.includes(name));
  try {
    await documentClient().send(
      new UpdateCommand({
        TableName: resourceNames().orchestrationTable,
        Key: taskKey(runId, task),
        UpdateExpression: `SET #task = :task, #ttl = :ttl, ${names.map((name) => `#${name} = :${name}`).join(', ')}${
          stale.length === 0 ? '' : ` REMOVE ${stale.map((name) => `#${name}`).join(', ')}`
        }`,
        ConditionExpression: 'attribute_not_exists(#status) OR #status <> :success',
        ExpressionAttributeNames: Object.fromEntries(
          [...new Set(['task', 'ttl', 'status', ...names, ...stale])].map((name) => [`#${name}`, name]),
        ),
        ExpressionAttributeValues: {
          ':task': task,
          ':ttl': expiry(Date.now()),
          ':success': 'success',
          ...Object.fromEntries(names.map((name) => [`:${name}`, fields[name as keyof typeof fields]])),
        },
      }),
    );
    return record;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
    return (await readTaskRecord(runId, task)) ?? record;
  }
}
