import { AwsError } from '../service';
import type { AttributeValue, Item } from './attribute-value';
import { candidates, firstKey } from './candidates';
import type { DynamoDbContext } from './context';
import { holds, project } from './evaluate';
import {
  ExpressionParser,
  invalid,
  type Condition,
  type DocumentPath,
  type Operand,
} from './expression-parser';
import type { ExpressionInput } from './item-operations';
import { itemOf } from './item-store';
import { itemKey, type IndexDefinition, type KeySchema, type TableDefinition } from './table';

interface ReadInput extends ExpressionInput {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
  readonly Select?: 'ALL_ATTRIBUTES' | 'COUNT' | 'SPECIFIC_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES';
  readonly ConsistentRead?: boolean;
}

const PAGE_BYTES = 1024 * 1024;

export function query(context: DynamoDbContext, input: ReadInput): object {
  const { table, index, key } = target(context, input);
  if (input.KeyConditionExpression === undefined)
    throw invalid(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  const parser = parserOf(input);
  const condition = parser.condition(input.KeyConditionExpression, 'KeyConditionExpression');
  const filter =
    input.FilterExpression === undefined
      ? undefined
      : parser.condition(input.FilterExpression, 'FilterExpression');
  const paths =
    input.ProjectionExpression === undefined ? undefined : parser.projection(input.ProjectionExpression);
  parser.finish();
  const partition = partitionOf(condition, key);
  const prefix = itemKey(table, { hash: key.hash }, { [key.hash]: partition.hash });
  if (prefix === undefined)
    throw invalid(
      'One or more parameter values were invalid: Condition parameter type does not match schema type',
    );
  return read(
    context,
    input,
    table,
    index,
    prefix,
    input.ScanIndexForward === false,
    partition.range,
    filter,
    paths,
  );
}

export function scan(context: DynamoDbContext, input: ReadInput): object {
  const { table, index } = target(context, input);
  const parser = parserOf(input);
  const filter =
    input.FilterExpression === undefined
      ? undefined
      : parser.condition(input.FilterExpression, 'FilterExpression');
  const paths =
    input.ProjectionExpression === undefined ? undefined : parser.projection(input.ProjectionExpression);
  parser.finish();
  return read(context, input, table, index, [], false, undefined, filter, paths);
}

function target(
  context: DynamoDbContext,
  input: ReadInput,
): { table: TableDefinition; index: IndexDefinition | undefined; key: KeySchema } {
  const table = context.table(input.TableName);
  if (input.IndexName === undefined) return { table, index: undefined, key: table.key };
  const index = table.indexes.find((candidate) => candidate.name === input.IndexName);
  if (index === undefined) throw invalid(`The table does not have the specified index: ${input.IndexName}`);
  if (input.ConsistentRead === true)
    throw invalid('Consistent reads are not supported on global secondary indexes');
  return { table, index, key: index };
}

function parserOf(input: ReadInput): ExpressionParser {
  return new ExpressionParser({
    names: input.ExpressionAttributeNames,
    values: input.ExpressionAttributeValues,
  });
}

function read(
  context: DynamoDbContext,
  input: ReadInput,
  table: TableDefinition,
  index: IndexDefinition | undefined,
  prefix: string[],
  reverse: boolean,
  range: Condition | undefined,
  filter: Condition | undefined,
  paths: readonly DocumentPath[] | undefined,
): object {
  const start = input.ExclusiveStartKey;
  const from =
    start === undefined
      ? undefined
      : [
          ...(index === undefined ? [] : (itemKey(table, index, start) ?? [])),
          ...(itemKey(table, table.key, start) ?? []),
        ];
  if (start !== undefined && (from === undefined || from.length === 0))
    throw invalid('The provided starting key is invalid');
  const items: Item[] = [];
  let scanned = 0;
  let bytes = 0;
  let last: Item | undefined;
  let more = false;
  const first = range === undefined ? undefined : firstKey(range, table, index, reverse);
  const options = { reverse, from, ...(first === undefined ? {} : { at: [...prefix, first] }) };
  const looked = { range, filter, paths };
  let begun = false;
  for (const { item, size, stored } of candidates(context, table, index, prefix, looked, options)) {
    if (range !== undefined && !holds(range, item)) {
      // What a range holds stands together.
      if (begun) break;
      continue;
    }
    begun = true;
    if ((input.Limit !== undefined && scanned >= input.Limit) || bytes >= PAGE_BYTES) {
      more = true;
      break;
    }
    scanned++;
    bytes += size;
    last = item;
    if (filter === undefined || holds(filter, item))
      items.push(paths !== undefined || stored === undefined ? item : itemOf(stored));
  }
  // DynamoDB hands out a key whenever it stopped at the limit, whether or not more follows.
  const stopped = more || (input.Limit !== undefined && scanned >= input.Limit && scanned > 0);
  const visible = (item: Item) =>
    paths !== undefined ? project(item, paths) : index === undefined ? item : projected(table, index, item);
  return {
    ...(input.Select === 'COUNT' ? {} : { Items: items.map(visible) }),
    Count: items.length,
    ScannedCount: scanned,
    ...(stopped && last !== undefined ? { LastEvaluatedKey: keyAttributes(table, index, last) } : {}),
  };
}

function keyAttributes(table: TableDefinition, index: IndexDefinition | undefined, item: Item): Item {
  const names = [table.key.hash, table.key.range, index?.hash, index?.range].filter(
    (name) => name !== undefined,
  );
  return Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
}

function projected(table: TableDefinition, index: IndexDefinition, item: Item): Item {
  if (index.projection.type === 'ALL') return item;
  const keys = keyAttributes(table, index, item);
  if (index.projection.type === 'KEYS_ONLY') return keys;
  return {
    ...keys,
    ...Object.fromEntries(
      (index.projection.attributes ?? []).flatMap((name) =>
        item[name] === undefined ? [] : [[name, item[name]]],
      ),
    ),
  };
}

/** The value of the partition key, and what is asked of the sort key. @throws AwsError when it is anything else */
function partitionOf(
  condition: Condition,
  key: KeySchema,
): { hash: AttributeValue; range: Condition | undefined } {
  const parts = condition.kind === 'and' ? [condition.left, condition.right] : [condition];
  let hash: AttributeValue | undefined;
  let range: Condition | undefined;
  for (const part of parts) {
    const name = attributeOf(part);
    if (name === key.hash && part.kind === 'compare' && part.operator === '=' && hash === undefined)
      hash = valueOf(part.left) ?? valueOf(part.right);
    else if (
      name === key.range &&
      name !== undefined &&
      range === undefined &&
      (part.kind === 'between' ||
        part.kind === 'begins_with' ||
        (part.kind === 'compare' && part.operator !== '<>'))
    )
      range = part;
    else
      throw new AwsError(
        'ValidationException',
        name === undefined || (name !== key.hash && name !== key.range)
          ? `Query condition missed key schema element: ${key.hash}`
          : 'Query key condition not supported',
      );
  }
  if (hash === undefined) throw invalid(`Query condition missed key schema element: ${key.hash}`);
  return { hash, range };
}

function attributeOf(condition: Condition): string | undefined {
  const operand =
    condition.kind === 'compare' || condition.kind === 'begins_with'
      ? condition.left
      : condition.kind === 'between'
        ? condition.operand
        : undefined;
  const path =
    operand?.kind === 'path'
      ? operand.path
      : condition.kind === 'compare' && condition.right.kind === 'path'
        ? condition.right.path
        : undefined;
  return path?.length === 1 && typeof path[0] === 'string' ? path[0] : undefined;
}

function valueOf(operand: Operand): AttributeValue | undefined {
  return operand.kind === 'value' ? operand.value : undefined;
}
