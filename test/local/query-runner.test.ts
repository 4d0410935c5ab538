import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from 'lmdb';
import { LocalTableStore, queryKey } from '../../lib/local/sql/local-tables';
import { QueryRunner } from '../../lib/local/sql/query-runner';
import { runQuery } from '../../lib/local/sql/run-query';

const ROOT = join(__dirname, '..', '..');
const ORDERS = 'test/local/fixtures/orders.csv';
const readObject = () => Promise.reject(new Error('There are no objects.'));
const run = (sql: string, props: Partial<Parameters<typeof runQuery>[0]> = {}) =>
  runQuery({
    sql,
    local: { tables: { orders: ORDERS } },
    parameters: [],
    projectRoot: ROOT,
    readObject,
    ...props,
  });

describe('a query on DuckDB', () => {
  it('binds values by name but not in texts, comments and casts', async () => {
    const sql = "SELECT :a::int AS a, ':a' AS b /* :b */ FROM orders WHERE id = :a -- :c";
    expect((await run(sql, { parameters: { a: '2' } })).rows).toEqual([[2, ':a']]);
  });

  it('writes nothing that stays, and has the tables under the names of their schemas', async () => {
    expect((await run('CREATE TABLE made AS SELECT * FROM orders')).changed).toBe(4);
    await expect(run('SELECT * FROM made')).rejects.toThrow('made');
    const local = { tables: { 'catalogue.shop.orders': ORDERS } };
    expect((await run('SELECT count(*) FROM shop.orders', { local })).rows).toEqual([[4]]);
  });

  it('reads an object of the bucket, and the statement in DuckDB words instead', async () => {
    const local = { tables: { t: 's3://data/raw/t.csv' }, sql: 'SELECT sum(n) AS s FROM t' };
    const seen: string[] = [];
    const result = await run('SELECT APPROX_SUM(n)', {
      local,
      readObject: async (bucket, key) => {
        seen.push(`${bucket}/${key}`);
        return Buffer.from('n\n1\n2\n');
      },
    });
    expect([result.rows, seen]).toEqual([[[3]], ['data/raw/t.csv']]);
  });

  it.each([
    ['a file that is not there', 'test/local/fixtures/none.csv', 'is not in the project'],
    ['a file outside of the project', '../x.csv', 'is no file of the project'],
    ['a file that is no table', 'package-lock.xml', 'is not in the project'],
    ['a file of another kind', 'LICENSE', 'is none of .parquet'],
  ])('refuses %s', async (_what, file, message) => {
    await expect(run('SELECT 1', { local: { tables: { orders: file } } })).rejects.toThrow(message);
  });
});

it('a query that was under way when the process ended begins anew under the same id', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-runner-'));
  const sql = 'SELECT count(*) AS n FROM orders';
  const asked = { service: 'athena', sql, parameters: [], request: {} } as const;
  const start = () => {
    const root = open({ path: directory, maxDbs: 16, encoding: 'json', noSync: true });
    const tables = new LocalTableStore(root);
    tables.put('role', { [queryKey('athena', sql)]: { tables: { orders: ORDERS } } });
    return { root, runner: new QueryRunner({ root, tables, projectRoot: ROOT, readObject }) };
  };
  const token = 'a'.repeat(32);
  const principal = { name: 'x', roleArn: 'role' };
  const before = start();
  const { id } = before.runner.start(asked, token, principal);
  await before.runner.close();
  await before.root.close();
  const after = start();
  expect(after.runner.start(asked, token, principal).id).toBe(id);
  expect((await after.runner.ended(id, 'athena')).result?.rows).toEqual([[4]]);
  expect(() => after.runner.start({ ...asked, sql: 'SELECT 2' }, token, principal)).toThrow('another query');
  await after.runner.close();
  await after.root.close();
  rmSync(directory, { recursive: true, force: true });
});
