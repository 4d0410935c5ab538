import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import type { RunStatus } from './run-record';

export interface RunListing {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly trigger: string;
  readonly logicalDate: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly execution: string;
}

/** The latest runs of a pipeline, newest first. */
export async function listRuns(pipeline: string, limit: number): Promise<RunListing[]> {
  const { Items } = await documentClient().send(
    new QueryCommand({
      TableName: resourceNames().orchestrationTable,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': `PIPELINE#${pipeline}`, ':sk': 'RUN#' },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: limit,
    }),
  );
  return (Items ?? []) as RunListing[];
}
