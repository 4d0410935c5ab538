/** The AWS SDK's client, unmodified, against the local port. */
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { startTestCloud, type TestCloud } from '../support/local-cloud';

describe('DynamoDB', () => {
  let cloud: TestCloud;
  let client: DynamoDBClient;
  let db: DynamoDBDocumentClient;
  const TableName = 'things';
  const put = (Item: Record<string, unknown>) => db.send(new PutCommand({ TableName, Item }));
  const get = async (pk: string, sk: string) =>
    (await db.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).Item;

  beforeAll(async () => {
    cloud = await startTestCloud();
    client = new DynamoDBClient(cloud.client);
    db = DynamoDBDocumentClient.from(client);
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk', 'colour'].map((AttributeName) => ({
          AttributeName,
          AttributeType: 'S' as const,
        })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-colour',
            KeySchema: [
              { AttributeName: 'colour', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
  });
  afterAll(async () => {
    client.destroy();
    await cloud.remove();
  });

  it('describes a table', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      GlobalSecondaryIndexes: [{ IndexName: 'by-colour', IndexStatus: 'ACTIVE' }],
    });
    await expect(client.send(new DescribeTableCommand({ TableName: 'absent' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('keeps every type', async () => {
    const item = {
      pk: 'types',
      sk: '1',
      n: 1.5,
      big: 12345678901,
      yes: true,
      none: null,
      list: [1, 'a', { b: [] }],
      map: { c: { d: 1 } },
      set: new Set(['x', 'y']),
      bytes: new Uint8Array([1, 2]),
    };
    await put(item);
    expect(await get('types', '1')).toEqual(item);
  });

  it('writes on condition and shows what was there', async () => {
    await put({ pk: 'c', sk: '1', v: 1 });
    const again = new PutCommand({
      TableName,
      Item: { pk: 'c', sk: '1' },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(db.send(again)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { pk: { S: 'c' }, sk: { S: '1' }, v: { N: '1' } },
    });
  });

  it('updates: sets, adds exactly, removes, appends, deletes from sets', async () => {
    await put({ pk: 'u', sk: '1', n: 0.1, list: [1], old: 1, set: new Set(['a', 'b']), map: { x: 1 } });
    const { Attributes } = await db.send(
      new UpdateCommand({
        TableName,
        Key: { pk: 'u', sk: '1' },
        UpdateExpression:
          'SET #l = list_append(#l, :two), map.y = if_not_exists(map.y, :one), m2 = map REMOVE old ADD n :n DELETE #s :a',
        ExpressionAttributeNames: { '#l': 'list', '#s': 'set' },
        ExpressionAttributeValues: { ':two': [2], ':one': 1, ':n': 0.2, ':a': new Set(['a']) },
        ReturnValues: 'ALL_NEW',
      }),
    );
    expect(Attributes).toEqual({
      pk: 'u',
      sk: '1',
      n: 0.3,
      list: [1, 2],
      set: new Set(['b']),
      map: { x: 1, y: 1 },
      m2: { x: 1 },
    });
  });

  it('knows an attribute that is called like a member of every object only when it is there', async () => {
    await put({ pk: 'members', sk: '-', map: {} });
    const set = async () =>
      db.send(
        new UpdateCommand({
          TableName,
          Key: { pk: 'members', sk: '-' },
          UpdateExpression: 'SET #map.#name = :one',
          ConditionExpression: 'attribute_not_exists(#map.#name)',
          ExpressionAttributeNames: { '#map': 'map', '#name': 'constructor' },
          ExpressionAttributeValues: { ':one': 1 },
        }),
      );
    await set();
    expect((await get('members', '-'))?.['map']).toHaveProperty('constructor', 1);
    await expect(set()).rejects.toThrow(expect.objectContaining({ name: 'ConditionalCheckFailedException' }));
  });

  it('queries in key order, both ways, page by page', async () => {
    for (const n of [3, 1, 2, 10]) await put({ pk: 'q', sk: `N#${String(n).padStart(2, '0')}`, n });
    await put({ pk: 'q', sk: 'Z', n: 99 });
    const page = (start?: Record<string, unknown>) =>
      db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :p AND begins_with(sk, :s)',
          ExpressionAttributeValues: { ':p': 'q', ':s': 'N#' },
          Limit: 3,
          ExclusiveStartKey: start,
        }),
      );
    const one = await page();
    expect(one.Items?.map((item) => item['n'])).toEqual([1, 2, 3]);
    const two = await page(one.LastEvaluatedKey);
    expect(two.Items?.map((item) => item['n'])).toEqual([10]);
    const reverse = await db.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p AND sk BETWEEN :a AND :b',
        ExpressionAttributeValues: { ':p': 'q', ':a': 'N#02', ':b': 'N#10' },
        ScanIndexForward: false,
      }),
    );
    expect(reverse.Items?.map((item) => item['n'])).toEqual([10, 3, 2]);
  });

  it('queries from any bound, in both directions, and answers parts of what a filter lets through', async () => {
    const names = [...['', 'a', 'a1', 'a2', 'b', 'ö', '😀', '😀 model'].map((name) => `k${name}`), '😀'];
    for (const [n, sk] of names.entries())
      await put({ pk: 'bounds', sk, n, map: { odd: n % 2, other: 'x' } });
    const asked = async (condition: string, values: object, forwards: boolean, more: object = {}) => {
      const { Items = [], Count } = await db.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: `pk = :p${condition}`,
          ExpressionAttributeValues: { ':p': 'bounds', ...values },
          ScanIndexForward: forwards,
          ...more,
        }),
      );
      expect(Count).toBe(Items.length);
      return Items;
    };
    for (const [condition, values, wanted] of [
      ['', {}, names],
      [' AND begins_with(sk, :a)', { ':a': 'ka' }, ['ka', 'ka1', 'ka2']],
      [' AND begins_with(sk, :a)', { ':a': 'k😀' }, ['k😀', 'k😀 model']],
      [' AND begins_with(sk, :a)', { ':a': 'ka9' }, []],
      [' AND sk BETWEEN :a AND :b', { ':a': 'ka1', ':b': 'kb' }, ['ka1', 'ka2', 'kb']],
      [' AND sk > :a', { ':a': 'kb' }, ['kö', 'k😀', 'k😀 model', '😀']],
      [' AND sk <= :a', { ':a': 'ka1' }, ['k', 'ka', 'ka1']],
      [' AND sk < :a', { ':a': 'ka1' }, ['k', 'ka']],
      [' AND sk = :a', { ':a': 'ka1' }, ['ka1']],
    ] as const)
      for (const forwards of [true, false])
        expect((await asked(condition, values, forwards)).map((item) => item['sk'])).toEqual(
          forwards ? wanted : [...wanted].reverse(),
        );
    const odd = { FilterExpression: '#m.odd = :one', ExpressionAttributeNames: { '#m': 'map' } };
    const values = { ':one': 1, ':a': 'kb' };
    const [whole] = await asked(' AND sk >= :a', values, true, odd);
    expect(whole).toEqual({ pk: 'bounds', sk: 'kö', n: 5, map: { odd: 1, other: 'x' } });
    const parts = await asked(' AND sk >= :a', values, false, {
      ...odd,
      ProjectionExpression: 'sk, #m.other, none',
    });
    expect(parts).toEqual([
      { sk: 'k😀 model', map: { other: 'x' } },
      { sk: 'kö', map: { other: 'x' } },
    ]);
  });

  it('keeps an index in step with its items', async () => {
    const colours = async (colour: string) =>
      (
        await db.send(
          new QueryCommand({
            TableName,
            IndexName: 'by-colour',
            KeyConditionExpression: 'colour = :c',
            ExpressionAttributeValues: { ':c': colour },
          }),
        )
      ).Items?.map((item) => item['sk']);
    await put({ pk: 'i', sk: 'b', colour: 'red' });
    await put({ pk: 'i', sk: 'a', colour: 'red' });
    expect(await colours('red')).toEqual(['a', 'b']);
    await db.send(
      new UpdateCommand({
        TableName,
        Key: { pk: 'i', sk: 'a' },
        UpdateExpression: 'SET colour = :c',
        ExpressionAttributeValues: { ':c': 'blue' },
      }),
    );
    await db.send(new DeleteCommand({ TableName, Key: { pk: 'i', sk: 'b' } }));
    expect([await colours('red'), await colours('blue')]).toEqual([[], ['a']]);
  });

  it('makes a transaction wholly or not at all, and says which condition failed', async () => {
    await put({ pk: 't', sk: 'lock', owner: 'me' });
    const transaction = (owner: string) =>
      new TransactWriteCommand({
        TransactItems: [
          {
            ConditionCheck: {
              TableName,
              Key: { pk: 't', sk: 'lock' },
              ConditionExpression: '#o = :o',
              ExpressionAttributeNames: { '#o': 'owner' },
              ExpressionAttributeValues: { ':o': owner },
            },
          },
          {
            Put: { TableName, Item: { pk: 't', sk: 'new' }, ConditionExpression: 'attribute_not_exists(pk)' },
          },
          {
            Update: {
              TableName,
              Key: { pk: 't', sk: 'count' },
              UpdateExpression: 'ADD n :one',
              ExpressionAttributeValues: { ':one': 1 },
            },
          },
        ],
      });
    await expect(db.send(transaction('you'))).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }, { Code: 'None' }],
    });
    expect(await get('t', 'new')).toBeUndefined();
    await db.send(transaction('me'));
    const { Responses } = await db.send(
      new TransactGetCommand({
        TransactItems: ['new', 'count'].map((sk) => ({ Get: { TableName, Key: { pk: 't', sk } } })),
      }),
    );
    expect(Responses?.map((response) => response.Item)).toEqual([
      { pk: 't', sk: 'new' },
      { pk: 't', sk: 'count', n: 1 },
    ]);
  });

  it('counts right under concurrent updates', async () => {
    await Promise.all(
      Array.from({ length: 50 }, () =>
        db.send(
          new UpdateCommand({
            TableName,
            Key: { pk: 'k', sk: 'n' },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': 1 },
          }),
        ),
      ),
    );
    expect((await get('k', 'n'))?.['n']).toBe(50);
  });

  it('writes batches and scans with a filter', async () => {
    await db.send(
      new BatchWriteCommand({
        RequestItems: {
          [TableName]: Array.from({ length: 25 }, (_, i) => ({
            PutRequest: { Item: { pk: 'b', sk: String(i), even: i % 2 === 0 } },
          })),
        },
      }),
    );
    const { Count } = await db.send(
      new ScanCommand({
        TableName,
        FilterExpression: 'pk = :b AND even = :yes AND NOT sk IN (:zero)',
        ExpressionAttributeValues: { ':b': 'b', ':yes': true, ':zero': '0' },
      }),
    );
    expect(Count).toBe(12);
  });

  it('refuses what DynamoDB refuses', async () => {
    await expect(put({ pk: '', sk: 'x' })).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put({ pk: 'x' })).rejects.toThrow('Missing the key sk');
    await expect(put({ pk: 'x', sk: 'x', big: 'x'.repeat(410_000) })).rejects.toThrow(
      'Item size has exceeded',
    );
    await expect(db.send(new GetCommand({ TableName, Key: { pk: 'x' } }))).rejects.toThrow(
      'does not match the schema',
    );
    await expect(
      db.send(new UpdateCommand({ TableName, Key: { pk: 'x', sk: 'x' }, UpdateExpression: 'SET a b' })),
    ).rejects.toThrow('Syntax error');
    await expect(
      db.send(
        new UpdateCommand({
          TableName,
          Key: { pk: 'x', sk: 'x' },
          UpdateExpression: 'SET a = :v',
          ExpressionAttributeValues: { ':v': 1, ':w': 2 },
        }),
      ),
    ).rejects.toThrow('unused in expressions: keys: {:w}');
  });
});
