import { BatchWriteCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from '../../lib/aws/clients/dynamodb';
import { check, EXISTING, NEW, put, remove, update } from '../../lib/aws/dynamo-table';
import { orchestrationTable, trackingTable } from '../../lib/aws/tables';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());
afterEach(() => jest.restoreAllMocks());

const key = (sk: string, pk = 'P') => ({ pk, sk });

describe('a table', () => {
  it('gives back attributes without keys, and leaves out what is undefined', async () => {
    const table = trackingTable();
    await table.put({
      ...key('item'),
      g1pk: 'G',
      g1sk: '1',
      value: 1,
      gone: undefined,
      deep: { x: undefined },
    });
    expect(await table.get(key('item'))).toEqual({ value: 1, deep: {} });
    expect(await table.queryIndex('G')).toEqual([{ value: 1, deep: {} }]);
    expect(await table.get(key('none'))).toBeUndefined();
  });

  it('reads ranges in order, over pages of a megabyte', async () => {
    const table = orchestrationTable();
    const text = 'x'.repeat(100_000);
    await table.putAll(Array.from({ length: 30 }, (_, i) => ({ ...key(`R#${10 + i}`, 'R'), i, text })));
    const read = async (range: object) =>
      (await table.query<{ i: number }>({ pk: 'R', ...range })).map(({ i }) => i);
    expect(await read({ prefix: 'R#' })).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(await read({ prefix: 'R#1', newestFirst: true, limit: 3 })).toEqual([9, 8, 7]);
    expect(await read({ between: ['R#12', 'R#14'] })).toEqual([2, 3, 4]);
    expect(await read({ limit: 25 })).toHaveLength(25);
  });

  it('reads page by page, from behind a sort key on, and no page before it is asked for', async () => {
    const table = trackingTable();
    await table.putAll(Array.from({ length: 7 }, (_, i) => ({ ...key(`${i}`, 'PAGES'), i })));
    const send = jest.spyOn(documentClient(), 'send');
    const pages = table.pagesOf<{ i: number }>({ pk: 'PAGES', pageSize: 2, after: '1' });
    expect((await pages.next()).value).toEqual([{ i: 2 }, { i: 3 }]);
    expect(send).toHaveBeenCalledTimes(1);
    const rest: number[] = [];
    for await (const page of pages) rest.push(...page.map(({ i }) => i));
    expect(rest).toEqual([4, 5, 6]);
    expect(await table.query({ pk: 'PAGES', after: '5', newestFirst: true, limit: 2 })).toEqual([
      { i: 4 },
      { i: 3 },
    ]);
  });

  it('lists the sort keys of a partition, and deletes', async () => {
    const table = trackingTable();
    await table.putAll(['a', 'b', 'c'].map((sk) => key(sk, 'KEYS')));
    await table.delete(key('b', 'KEYS'));
    await table.delete(key('none', 'KEYS'));
    expect(await table.sortKeys('KEYS')).toEqual(['a', 'c']);
    expect(
      await table.transact([remove(key('a', 'KEYS'), EXISTING), remove(key('none', 'KEYS'), EXISTING)]),
    ).toBe(1);
    expect(await table.sortKeys('KEYS')).toEqual(['a', 'c']);
  });

  it('keeps records whose keys are called like members of every object', async () => {
    const table = trackingTable();
    const record = { constructor: '1', toString: '2', hasOwnProperty: '3' };
    await table.put({ ...key('members'), record });
    expect(await table.get(key('members'))).toEqual({ record });
  });

  it('answers a condition that does not hold with false, and throws anything else', async () => {
    const table = trackingTable();
    expect(await table.put({ ...key('once') }, NEW)).toBe(true);
    expect(await table.put({ ...key('once') }, NEW)).toBe(false);
    const change = { UpdateExpression: 'SET a = :a', ExpressionAttributeValues: { ':a': 1 } };
    expect(await table.update(key('never'), { ...change, ...EXISTING })).toBe(false);
    await expect(table.update(key('x'), { UpdateExpression: 'SET' })).rejects.toThrow();
  });

  it('counts without duplicates', async () => {
    const table = trackingTable();
    const counted = await Promise.all(Array.from({ length: 10 }, () => table.increment(key('n'), 'n')));
    expect(counted.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('writes a transaction wholly or not at all, and says which condition did not hold', async () => {
    const table = trackingTable();
    expect(await table.transact([put({ ...key('t1'), v: 1 }, NEW), put({ ...key('t2'), v: 1 }, NEW)])).toBe(
      undefined,
    );
    const change = update(key('t1'), {
      UpdateExpression: 'SET v = :v',
      ExpressionAttributeValues: { ':v': 2 },
    });
    expect(await table.transact([change, check(key('t3'), EXISTING)])).toBe(1);
    expect(await table.get(key('t1'))).toEqual({ v: 1 });
  });

  it('tries a transaction again after a conflict with another writer, and gives up in words', async () => {
    const client = documentClient();
    const send = client.send.bind(client);
    let conflicts = 2;
    jest.spyOn(client, 'send').mockImplementation((async (command: never) => {
      if ((command as unknown) instanceof TransactWriteCommand && conflicts-- > 0) {
        throw Object.assign(new Error('conflict'), {
          name: 'TransactionCanceledException',
          CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
        });
      }
      return send(command);
    }) as never);
    const table = trackingTable();
    expect(await table.transact([put({ ...key('c'), v: 1 }), check(key('d'), NEW)])).toBeUndefined();
    expect(await table.get(key('c'))).toEqual({ v: 1 });
    conflicts = Infinity;
    await expect(table.transact([put({ ...key('c') })])).rejects.toMatchObject({
      name: 'Millrace.TableBusy',
    });
  });

  it('writes what a batch left unprocessed, and the same key only once', async () => {
    const client = documentClient();
    const send = client.send.bind(client);
    let first = true;
    jest.spyOn(client, 'send').mockImplementation((async (command: never) => {
      const batch: unknown = command;
      if (!(batch instanceof BatchWriteCommand) || !first) return send(command);
      first = false;
      return { UnprocessedItems: batch.input.RequestItems };
    }) as never);
    const table = trackingTable();
    await table.putAll([
      { ...key('b1', 'B'), v: 1 },
      { ...key('b2', 'B'), v: 2 },
      { ...key('b1', 'B'), v: 3 },
    ]);
    expect(await table.query({ pk: 'B' })).toEqual([{ v: 3 }, { v: 2 }]);
  });
});
