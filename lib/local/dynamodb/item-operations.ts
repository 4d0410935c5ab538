import { AwsError } from '../service';
import { itemSize, typeOf, type AttributeValue, type Item } from './attribute-value';
import { isStorable, normaliseDecimal } from './decimal';
import type { DynamoDbContext } from './context';
import { applyUpdate, holds, project, valueAt } from './evaluate';
import { ExpressionParser, invalid, type Update } from './expression-parser';
import { requireKey, type TableDefinition } from './table';

export interface ExpressionInput {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD' | 'NONE';
}

export interface WriteInput extends ExpressionInput {
  readonly TableName: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ReturnValues?: 'NONE' | 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW';
}

export function getItem(
  context: DynamoDbContext,
  input: { readonly TableName: string; readonly Key: Item } & ExpressionInput,
): object {
  const table = context.table(input.TableName);
  const parser = new ExpressionParser({ names: input.ExpressionAttributeNames });
  const paths =
    input.ProjectionExpression === undefined ? undefined : parser.projection(input.ProjectionExpression);
  parser.finish();
  const item = context.store.get(table, requireKey(table, input.Key, true));
  return item === undefined ? {} : { Item: paths === undefined ? item : project(item, paths) };
}

/** A write that has been understood and not yet made: what the transaction and the single operations share. */
export interface PreparedWrite {
  readonly table: TableDefinition;
  readonly key: string[];
  /** @throws AwsError ConditionalCheckFailedException */
  check(old: Item | undefined): void;
  /** The item after the write; `undefined` when it is deleted; `'same'` when only a condition was asked for. */
  next(old: Item | undefined): Item | undefined | 'same';
  readonly update?: Update;
}

export function prepareWrite(
  context: DynamoDbContext,
  kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck',
  input: WriteInput,
): PreparedWrite {
  const table = context.table(input.TableName);
  const parser = new ExpressionParser({
    names: input.ExpressionAttributeNames,
    values: mapValues(input.ExpressionAttributeValues),
  });
  const condition =
    input.ConditionExpression === undefined ? undefined : parser.condition(input.ConditionExpression);
  const update =
    kind === 'Update'
      ? input.UpdateExpression === undefined
        ? emptyUpdate()
        : parser.update(input.UpdateExpression)
      : undefined;
  parser.finish();
  const item = kind === 'Put' ? checkedItem(input.Item) : undefined;
  const key = requireKey(table, item ?? input.Key ?? {}, kind !== 'Put');
  for (const path of [...(update?.set ?? []), ...(update?.add ?? [])].map((action) => action.path)) {
    if (path[0] === table.key.hash || path[0] === table.key.range)
      throw invalid(
        `One or more parameter values were invalid: Cannot update attribute ${String(path[0])}. This attribute is part of the key`,
      );
  }
  return {
    table,
    key,
    check: (old) => {
      if (condition === undefined || holds(condition, old ?? {})) return;
      throw new AwsError(
        'ConditionalCheckFailedException',
        'The conditional request failed',
        400,
        input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && old !== undefined ? { Item: old } : {},
      );
    },
    next: (old) => {
      if (kind === 'ConditionCheck') return 'same';
      if (kind === 'Delete') return undefined;
      return kind === 'Put' ? item : applyUpdate(update ?? emptyUpdate(), old ?? input.Key ?? {});
    },
    ...(update === undefined ? {} : { update }),
  };
}

export function commit(
  context: DynamoDbContext,
  write: PreparedWrite,
  old: Item | undefined,
): Item | undefined {
  const next = write.next(old);
  if (next === 'same') return old;
  if (next === undefined) context.store.delete(write.table, write.key);
  else context.store.put(write.table, write.key, next);
  return next;
}

function single(kind: 'Put' | 'Update' | 'Delete') {
  return (context: DynamoDbContext, input: WriteInput): object => {
    const write = prepareWrite(context, kind, input);
    return context.store.transaction(() => {
      const old = context.store.get(write.table, write.key);
      write.check(old);
      const next = commit(context, write, old);
      return returned(input.ReturnValues ?? 'NONE', old, next, write.update);
    });
  };
}

export const putItem = single('Put');
export const updateItem = single('Update');
export const deleteItem = single('Delete');

function returned(
  mode: NonNullable<WriteInput['ReturnValues']>,
  old: Item | undefined,
  next: Item | undefined,
  update: Update | undefined,
): object {
  const paths = [...(update?.set ?? []), ...(update?.add ?? []), ...(update?.delete ?? [])].map(
    (action) => action.path,
  );
  switch (mode) {
    case 'NONE':
      return {};
    case 'ALL_OLD':
      return old === undefined ? {} : { Attributes: old };
    case 'ALL_NEW':
      return { Attributes: next ?? {} };
    case 'UPDATED_OLD':
      return old === undefined
        ? {}
        : {
            Attributes: project(
              old,
              [...paths, ...(update?.remove ?? [])].filter((path) => valueAt(old, path) !== undefined),
            ),
          };
    case 'UPDATED_NEW':
      return { Attributes: project(next ?? {}, paths) };
  }
}

export function batchGet(
  context: DynamoDbContext,
  input: {
    readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly Item[] } & ExpressionInput>>;
  },
): object {
  return {
    Responses: Object.fromEntries(
      Object.entries(input.RequestItems).map(([name, request]) => [
        name,
        request.Keys.flatMap((Key) => {
          const answer = getItem(context, { ...request, TableName: name, Key }) as { Item?: Item };
          return answer.Item === undefined ? [] : [answer.Item];
        }),
      ]),
    ),
    UnprocessedKeys: {},
  };
}

interface BatchWriteInput {
  readonly RequestItems: Readonly<
    Record<
      string,
      readonly {
        readonly PutRequest?: { readonly Item: Item };
        readonly DeleteRequest?: { readonly Key: Item };
      }[]
    >
  >;
}

export async function batchWrite(context: DynamoDbContext, input: BatchWriteInput): Promise<object> {
  const writes = Object.entries(input.RequestItems).flatMap(([TableName, requests]) =>
    requests.map((request) =>
      request.PutRequest !== undefined
        ? prepareWrite(context, 'Put', { TableName, Item: request.PutRequest.Item })
        : prepareWrite(context, 'Delete', { TableName, Key: request.DeleteRequest?.Key ?? {} }),
    ),
  );
  if (writes.length > 25) throw invalid('Too many items requested for the BatchWriteItem call');
  const seen = new Set<string>();
  for (const write of writes) {
    const id = JSON.stringify([write.table.name, ...write.key]);
    if (seen.has(id)) throw invalid('Provided list of item keys contains duplicates');
    seen.add(id);
  }
  // Not all or nothing, in DynamoDB either: batches of several requests may go together.
  await context.store.together(() => {
    // What was there before changes nothing.
    for (const write of writes) commit(context, write, undefined);
  });
  return { UnprocessedItems: {} };
}

function emptyUpdate(): Update {
  return { set: [], remove: [], add: [], delete: [] };
}

function checkedItem(item: Item | undefined): Item {
  if (item === undefined) throw invalid('The parameter Item is required.');
  const checked = mapValues(item) ?? {};
  if (itemSize(checked) > 400 * 1024) throw invalid('Item size has exceeded the maximum allowed size');
  return checked;
}

function mapValues(
  values: Readonly<Record<string, AttributeValue>> | undefined,
): Record<string, AttributeValue> | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, normalised(value)]));
}

/** Numbers in their plain form, sets checked. @throws AwsError ValidationException */
function normalised(value: AttributeValue): AttributeValue {
  if ('N' in value) {
    if (!isStorable(value.N))
      throw invalid(`The parameter cannot be converted to a numeric value: ${value.N}`);
    return { N: normaliseDecimal(value.N) };
  }
  if ('M' in value) return { M: mapValues(value.M) ?? {} };
  if ('L' in value) return { L: value.L.map(normalised) };
  const type = typeOf(value);
  if (type === 'SS' || type === 'NS' || type === 'BS') {
    const members = Object.values(value)[0] as string[];
    if (members.length === 0)
      throw invalid('One or more parameter values were invalid: An string set  may not be empty');
    if (new Set(members).size !== members.length)
      throw invalid('One or more parameter values were invalid: Input collection contains duplicates');
  }
  return value;
}
