/** Against a server that speaks the protocol of MySQL and answers from a script. */
import { openMySql } from '../../lib/connections/mysql';
import { connection } from '../../lib/tasks/connection';
import { connectionUser } from '../support/connection-user';
import { startMySql } from '../support/mysql-server';

const shop = connection('shop', 'mysql');
const statements: string[] = [];
let server: Awaited<ReturnType<typeof startMySql>>;

beforeAll(async () => {
  server = await startMySql((sql) => {
    statements.push(sql);
    if (sql.startsWith('SELECT'))
      return { columns: [{ name: 'name', type: 253 }], rows: [{ name: 'a' }, { name: 'b' }] };
    if (sql.includes('broken')) return 'no such table';
    return sql.startsWith('INSERT') ? 3 : undefined;
  });
});
afterAll(async () => server.stop());

it('binds values, returns rows, counts what was changed, and takes back what throws', async () => {
  const user = connectionUser({
    host: '127.0.0.1',
    port: server.port,
    database: 'shop',
    user: 'etl',
    password: 'sesame',
    ssl: 'disable',
  });
  const client = await openMySql(user, shop);
  expect((await client.query('SELECT name FROM t WHERE x = ?', ["it's"])).rows).toEqual([
    { name: 'a' },
    { name: 'b' },
  ]);
  expect(await client.query('INSERT INTO t VALUES (?)', [1])).toEqual({ rows: [], changed: 3 });
  await expect(client.transaction(async () => client.query('UPDATE broken SET x = 1'))).rejects.toThrow(
    'no such table',
  );
  expect(statements).toEqual([
    "SELECT name FROM t WHERE x = 'it\\'s'",
    'INSERT INTO t VALUES (1)',
    'BEGIN',
    'UPDATE broken SET x = 1',
    'ROLLBACK',
  ]);
  await user.close();
});
