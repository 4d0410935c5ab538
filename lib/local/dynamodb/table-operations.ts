import { AwsError } from '../service';
import type { DynamoDbContext } from './context';
import { invalid } from './expression-parser';
import type { IndexDefinition, KeySchema, TableDefinition } from './table';

interface CreateTableInput {
  readonly TableName: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[];
  readonly AttributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: 'S' | 'N' | 'B';
  }[];
  readonly GlobalSecondaryIndexes?: readonly {
    readonly IndexName: string;
    readonly KeySchema: CreateTableInput['KeySchema'];
    readonly Projection?: {
      readonly ProjectionType?: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
      readonly NonKeyAttributes?: readonly string[];
    };
  }[];
}

export function createTable(context: DynamoDbContext, input: CreateTableInput): object {
  if (!/^[\w.-]{3,255}$/.test(input.TableName ?? ''))
    throw invalid(`Invalid table name '${input.TableName}': 3 to 255 of a-z, A-Z, 0-9, '_', '-', '.'.`);
  const attributes = Object.fromEntries(
    (input.AttributeDefinitions ?? []).map((a) => [a.AttributeName, a.AttributeType]),
  );
  const table: TableDefinition = {
    name: input.TableName,
    key: keyOf(input.KeySchema, attributes),
    attributes,
    indexes: (input.GlobalSecondaryIndexes ?? []).map((index): IndexDefinition => ({
      name: index.IndexName,
      ...keyOf(index.KeySchema, attributes),
      projection: {
        type: index.Projection?.ProjectionType ?? 'ALL',
        attributes: index.Projection?.NonKeyAttributes ?? [],
      },
    })),
    createdAt: Date.now(),
  };
  context.store.transaction(() => {
    if (context.store.tables.get(table.name) !== undefined)
      throw new AwsError('ResourceInUseException', `Table already exists: ${table.name}`);
    void context.store.tables.put(table.name, table);
  });
  return { TableDescription: tableDescription(context, table) };
}

function keyOf(
  schema: CreateTableInput['KeySchema'] | undefined,
  attributes: Readonly<Record<string, string>>,
): KeySchema {
  const hash = schema?.find((element) => element.KeyType === 'HASH')?.AttributeName;
  const range = schema?.find((element) => element.KeyType === 'RANGE')?.AttributeName;
  if (hash === undefined)
    throw invalid('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  for (const name of [hash, range]) {
    if (name !== undefined && attributes[name] === undefined)
      throw invalid(
        `One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [${name}]`,
      );
  }
  return range === undefined ? { hash } : { hash, range };
}

export function deleteTable(context: DynamoDbContext, input: { readonly TableName: string }): object {
  const table = context.table(input.TableName);
  context.store.drop(table);
  return { TableDescription: { ...tableDescription(context, table), TableStatus: 'DELETING' } };
}

export function describeTable(context: DynamoDbContext, input: { readonly TableName: string }): object {
  return { Table: tableDescription(context, context.table(input.TableName)) };
}

export function listTables(context: DynamoDbContext): object {
  return { TableNames: [...context.store.tables.getKeys()].map(String) };
}

export function updateTimeToLive(
  context: DynamoDbContext,
  input: {
    readonly TableName: string;
    readonly TimeToLiveSpecification: { readonly Enabled: boolean; readonly AttributeName: string };
  },
): object {
  const table = context.table(input.TableName);
  const { Enabled, AttributeName } = input.TimeToLiveSpecification;
  context.store.transaction(
    () =>
      void context.store.tables.put(table.name, {
        ...table,
        ttlAttribute: Enabled ? AttributeName : undefined,
      }),
  );
  return { TimeToLiveSpecification: input.TimeToLiveSpecification };
}

export function tableDescription(context: DynamoDbContext, table: TableDefinition): object {
  const arn = `arn:aws:dynamodb:${context.region}:${context.account}:table/${table.name}`;
  const schema = (key: KeySchema) => [
    { AttributeName: key.hash, KeyType: 'HASH' },
    ...(key.range === undefined ? [] : [{ AttributeName: key.range, KeyType: 'RANGE' }]),
  ];
  return {
    TableName: table.name,
    TableArn: arn,
    TableStatus: 'ACTIVE',
    CreationDateTime: table.createdAt / 1000,
    KeySchema: schema(table.key),
    AttributeDefinitions: Object.entries(table.attributes).map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
    ItemCount: 0,
    ...(table.indexes.length === 0
      ? {}
      : {
          GlobalSecondaryIndexes: table.indexes.map((index) => ({
            IndexName: index.name,
            IndexArn: `${arn}/index/${index.name}`,
            IndexStatus: 'ACTIVE',
            KeySchema: schema(index),
            Projection: { ProjectionType: index.projection.type },
          })),
        }),
  };
}
