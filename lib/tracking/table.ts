import {
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  type TransactWriteCommandInput,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../aws/clients';
import { resourceNames } from '../aws/environment';
import { DoNotRetry } from '../model/errors';

type Key = { readonly pk: string; readonly sk: string };
export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A write that the store refuses for a reason a retry cannot mend: an unknown run, a changed param. */
export class TrackingRefused extends DoNotRetry {
  override readonly name = 'Millrace.TrackingRefused';
}

const table = () => resourceNames().trackingTable;

/** Strongly consistent. */
export async function getItem<T>(key: Key): Promise<T | undefined> {
  const { Item } = await documentClient().send(
    new GetCommand({ TableName: table(), Key: key, ConsistentRead: true }),
  );
  return Item as T | undefined;
}

/** All items of a partition whose sort key begins with `prefix`, strongly consistent, in key order. */
export async function queryItems<T>(
  pk: string,
  prefix = '',
  options: { readonly newestFirst?: boolean; readonly limit?: number } = {},
): Promise<T[]> {
  const items: T[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await documentClient().send(
      new QueryCommand({
        TableName: table(),
        KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': pk, ...(prefix === '' ? {} : { ':sk': prefix }) },
        ConsistentRead: true,
        ScanIndexForward: options.newestFirst !== true,
        ...(options.limit === undefined ? {} : { Limit: options.limit - items.length }),
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    items.push(...((page.Items ?? []) as T[]));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && (options.limit === undefined || items.length < options.limit));
  return items;
}

export async function updateItem(
  key: Key,
  update: Omit<UpdateCommandInput, 'TableName' | 'Key'>,
): Promise<void> {
  await documentClient().send(new UpdateCommand({ TableName: table(), Key: key, ...update }));
}

/**
 * All or nothing. Returns the index of the first item whose condition did not hold, or `undefined` when all was written.
 * Other causes of a cancelled transaction are thrown.
 */
export async function transact(
  items: readonly ((tableName: string) => TransactItem)[],
): Promise<number | undefined> {
  try {
    await documentClient().send(
      new TransactWriteCommand({ TransactItems: items.map((item) => item(table())) }),
    );
    return undefined;
  } catch (error) {
    const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons;
    const failed = reasons?.findIndex((reason) => reason.Code === 'ConditionalCheckFailed') ?? -1;
    if (failed >= 0) return failed;
    throw error;
  }
}

export const put =
  (item: Record<string, unknown> & Key, condition?: string) =>
  (TableName: string): TransactItem => ({
    Put: { TableName, Item: item, ...(condition === undefined ? {} : { ConditionExpression: condition }) },
  });

export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}
