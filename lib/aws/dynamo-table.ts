/**
 * One DynamoDB table with the string keys `pk` and `sk`.
 *
 * 1. Every read is strongly consistent, except those of an index, which cannot be.
 * 2. Items come back without their keys: what an item means stands in its attributes.
 * 3. A condition that does not hold is an answer, not an exception; a conflict with another writer is tried again.
 */
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
  type QueryCommandInput,
  type TransactWriteCommandInput,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { pauseBefore } from './pause';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Item = Key & Readonly<Record<string, unknown>>;

export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

export type Update = Omit<UpdateCommandInput, 'TableName' | 'Key'>;
type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
/** A part of a transaction, made by `put`, `update`, `remove` or `check`. */
export type Write = (TableName: string) => TransactItem;

export const NEW: Condition = { ConditionExpression: 'attribute_not_exists(pk)' };
export const EXISTING: Condition = { ConditionExpression: 'attribute_exists(pk)' };

export const put =
  (item: Item, condition?: Condition): Write =>
  (TableName) => ({ Put: { TableName, Item: item, ...condition } });

export const update =
  (key: Key, change: Update & { readonly UpdateExpression: string }): Write =>
  (TableName) => ({ Update: { TableName, Key: key, ...change } });

export const remove =
  (key: Key, condition?: Condition): Write =>
  (TableName) => ({ Delete: { TableName, Key: key, ...condition } });

export const check =
  (key: Key, condition: Condition): Write =>
  (TableName) => ({ ConditionCheck: { TableName, Key: key, ...condition } });

export interface Range {
  readonly pk: string;
  /** Only sort keys that begin with it. */
  readonly prefix?: string;
  /** Only sort keys from the first to the second, both included. */
  readonly between?: readonly [string, string];
  readonly newestFirst?: boolean;
  readonly limit?: number;
  /** Items of a page when pages are read one by one. @default as many as 1 MB holds */
  readonly pageSize?: number;
  /** Only what comes behind this sort key, in the direction of the query. */
  readonly after?: string;
  /** Only some items, and some attributes of them. @default all */
  readonly select?: Selection;
}

/** Parts of a query that DynamoDB does behind the reading: they cost the same units and send less. */
export interface Selection {
  /** FilterExpression. */
  readonly filter?: string;
  /** Paths of attributes, for a ProjectionExpression. */
  readonly attributes?: readonly string[];
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Reasons for which a transaction may succeed when tried again. */
const PASSING = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);
const MAX_ATTEMPTS = 12;
/** Items of one BatchWriteItem request, a quota of DynamoDB. */
const BATCH = 25;
const BATCHES_AT_ONCE = 20;
/** Keys of one BatchGetItem request, a quota of DynamoDB. */
const BATCH_OF_READS = 100;

export class DynamoTable {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    readonly name: string,
  ) {}

  async get<T>({ pk, sk }: Key): Promise<T | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.name, Key: { pk, sk }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : (withoutKeys(Item) as T);
  }

  /** Items by their keys, in the order of these; `undefined` where there is none. */
  async getAll<T>(keys: readonly Key[]): Promise<(T | undefined)[]> {
    const found = new Map<string, T>();
    const place = ({ pk, sk }: Key) => `${pk}\n${sk}`;
    for (let i = 0; i < keys.length; i += BATCH_OF_READS) {
      let open: Record<string, unknown>[] = keys
        .slice(i, i + BATCH_OF_READS)
        .map(({ pk, sk }) => ({ pk, sk }));
      for (let attempt = 0; open.length > 0; attempt++) {
        if (attempt > 0) await pauseBefore(attempt);
        if (attempt === MAX_ATTEMPTS) throw new TableBusy(this.name);
        const { Responses, UnprocessedKeys } = await this.client.send(
          new BatchGetCommand({ RequestItems: { [this.name]: { Keys: open, ConsistentRead: true } } }),
        );
        for (const item of Responses?.[this.name] ?? [])
          found.set(place(item as Key), withoutKeys(item) as T);
        open = UnprocessedKeys?.[this.name]?.Keys ?? [];
      }
    }
    return keys.map((key) => found.get(place(key)));
  }

  /** All items of a range in key order, as many pages as it takes. */
  async query<T>(range: Range): Promise<T[]> {
    const found: T[] = [];
    for await (const page of this.pagesOf<T>(range)) found.push(...page);
    return found;
  }

  /** The same, page by page, each read when it is asked for. */
  pagesOf<T>(range: Range): AsyncGenerator<T[]> {
    const sort =
      range.between !== undefined
        ? {
            text: ' AND sk BETWEEN :from AND :to',
            values: { ':from': range.between[0], ':to': range.between[1] },
          }
        : range.prefix !== undefined
          ? { text: ' AND begins_with(sk, :prefix)', values: { ':prefix': range.prefix } }
          : { text: '', values: {} };
    return this.pages<T>(
      {
        KeyConditionExpression: `pk = :pk${sort.text}`,
        ExpressionAttributeValues: { ':pk': range.pk, ...sort.values, ...range.select?.values },
        ...selecting(range.select),
        ConsistentRead: true,
        ScanIndexForward: range.newestFirst !== true,
        ...(range.after === undefined ? {} : { ExclusiveStartKey: { pk: range.pk, sk: range.after } }),
        ...(range.pageSize === undefined ? {} : { Limit: range.pageSize }),
      },
      range.limit,
    );
  }

  /** Items that the sparse index `gsi1` has under a key; behind the table by milliseconds. */
  async queryIndex<T>(g1pk: string): Promise<T[]> {
    const found: T[] = [];
    const pages = this.pages<T>(
      {
        IndexName: 'gsi1',
        KeyConditionExpression: 'g1pk = :pk',
        ExpressionAttributeValues: { ':pk': g1pk },
      },
      undefined,
    );
    for await (const page of pages) found.push(...page);
    return found;
  }

  /** Returns false when the condition did not hold. */
  async put(item: Item, condition?: Condition): Promise<boolean> {
    return holds(() => this.client.send(new PutCommand({ TableName: this.name, Item: item, ...condition })));
  }

  /** Returns false when the condition did not hold. */
  async update({ pk, sk }: Key, change: Update): Promise<boolean> {
    return holds(() =>
      this.client.send(new UpdateCommand({ TableName: this.name, Key: { pk, sk }, ...change })),
    );
  }

  /** An update that tells the attributes before it. Nothing is told when the condition did not hold. */
  async replace(
    { pk, sk }: Key,
    change: Update,
  ): Promise<{ readonly before: Readonly<Record<string, unknown>> | undefined } | undefined> {
    let before: Record<string, unknown> | undefined;
    const held = await holds(async () => {
      const { Attributes } = await this.client.send(
        new UpdateCommand({ TableName: this.name, Key: { pk, sk }, ...change, ReturnValues: 'ALL_OLD' }),
      );
      before = Attributes;
    });
    if (!held) return undefined;
    return { before: before === undefined ? undefined : withoutKeys(before) };
  }

  async delete({ pk, sk }: Key): Promise<void> {
    await this.client.send(new DeleteCommand({ TableName: this.name, Key: { pk, sk } }));
  }

  /** Sort keys of a whole partition, for those who clear it. */
  async sortKeys(pk: string): Promise<string[]> {
    const found: string[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ProjectionExpression: 'sk',
          ConsistentRead: true,
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      found.push(...(page.Items ?? []).map((item) => String(item['sk'])));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    return found;
  }

  /**
   * Adds to a counter and returns its new value. A repeated request may leave a gap, never a duplicate.
   * @param ttl when the item may go, seconds since the epoch
   */
  async increment(key: Key, attribute: string, ttl?: number): Promise<number> {
    const { Attributes } = await this.client.send(
      new UpdateCommand({
        TableName: this.name,
        Key: { ...key },
        UpdateExpression: ttl === undefined ? 'ADD #n :one' : 'ADD #n :one SET #ttl = :ttl',
        ExpressionAttributeNames: { '#n': attribute, ...(ttl === undefined ? {} : { '#ttl': 'ttl' }) },
        ExpressionAttributeValues: { ':one': 1, ...(ttl === undefined ? {} : { ':ttl': ttl }) },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return Number(Attributes?.[attribute]);
  }

  /** Writes items whose keys say all about them, so that writing one again changes nothing. Not atomic. */
  async putAll(items: readonly Item[]): Promise<void> {
    // A request with the same key twice is refused.
    const distinct = [...new Map(items.map((item) => [`${item.pk}\n${item.sk}`, item])).values()];
    const batches = Array.from({ length: Math.ceil(distinct.length / BATCH) }, (_batch, i) =>
      distinct.slice(i * BATCH, (i + 1) * BATCH),
    );
    const sending = async () => {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) await this.putBatch(batch);
    };
    await Promise.all(Array.from({ length: Math.min(BATCHES_AT_ONCE, batches.length) }, sending));
  }

  private async putBatch(items: readonly Item[]): Promise<void> {
    let requests: unknown[] = items.map((item) => ({ PutRequest: { Item: item } }));
    for (let attempt = 0; requests.length > 0; attempt++) {
      if (attempt > 0) await pauseBefore(attempt);
      if (attempt === MAX_ATTEMPTS) throw new TableBusy(this.name);
      const { UnprocessedItems } = await this.client.send(
        new BatchWriteCommand({ RequestItems: { [this.name]: requests as never } }),
      );
      requests = UnprocessedItems?.[this.name] ?? [];
    }
  }

  /** All or nothing. Returns the index of the first part whose condition did not hold, `undefined` when all was written. */
  async transact(writes: readonly Write[]): Promise<number | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.client.send(
          new TransactWriteCommand({ TransactItems: writes.map((write) => write(this.name)) }),
        );
        return undefined;
      } catch (error) {
        const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
        const failed = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed');
        if (failed >= 0) return failed;
        const passing =
          reasons.some((reason) => PASSING.has(reason.Code ?? '')) ||
          (error instanceof Error && error.name === 'TransactionInProgressException');
        if (!passing) throw error;
        if (attempt === MAX_ATTEMPTS) throw new TableBusy(this.name, { cause: error });
        await pauseBefore(attempt);
      }
    }
  }

  private async *pages<T>(
    query: Omit<QueryCommandInput, 'TableName'>,
    limit: number | undefined,
  ): AsyncGenerator<T[]> {
    let wanted = limit ?? Infinity;
    let start = query.ExclusiveStartKey;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          ...query,
          ...(limit === undefined ? {} : { Limit: wanted }),
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        }),
      );
      const items = (page.Items ?? []).map((item) => withoutKeys(item) as T);
      wanted -= items.length;
      start = page.LastEvaluatedKey;
      yield items;
    } while (start !== undefined && wanted > 0);
  }
}

/** Other writers were always faster. Worth a retry later. */
export class TableBusy extends Error {
  override readonly name = 'Millrace.TableBusy';

  constructor(table: string, options?: ErrorOptions) {
    super(`The table ${table} was busy for ${MAX_ATTEMPTS} attempts. Try again later.`, options);
  }
}

function selecting(select: Selection | undefined): Partial<QueryCommandInput> {
  if (select === undefined) return {};
  return {
    ...(select.filter === undefined ? {} : { FilterExpression: select.filter }),
    ...(select.attributes === undefined ? {} : { ProjectionExpression: select.attributes.join(', ') }),
    ...(Object.keys(select.names).length === 0 ? {} : { ExpressionAttributeNames: { ...select.names } }),
  };
}

function withoutKeys(item: Record<string, unknown>): Record<string, unknown> {
  const { pk: _pk, sk: _sk, g1pk: _g1pk, g1sk: _g1sk, ...attributes } = item;
  return attributes;
}

async function holds(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
