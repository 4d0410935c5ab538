/** Against a server that speaks the protocol of MySQL and answers from a script. */
import { createServer, type Connection as ServerSide } from 'mysql2';
import { openMySql } from '../../lib/connections/mysql';
import { connection } from '../../lib/tasks/connection';
import { connectionUser } from '../support/connection-user';

const shop = connection('shop', 'mysql');
const statements: string[] = [];
// What the server side of the package offers is not in its types.
type Answering = Omit<ServerSide, 'writeTextResult' | 'writeOk' | 'writeError'> & {
  serverHandshake(options: object): void;
  writeTextResult(rows: readonly object[], columns: readonly object[]): void;
  writeOk(options?: object): void;
  writeError(error: { message: string; code: number }): void;
  sequenceId: number;
};
// The types want a handler; the listener below is one.
const server = (createServer as () => ReturnType<typeof createServer>)();

beforeAll(async () => {
  server.on('connection', (raw: ServerSide) => {
    const client = raw as unknown as Answering;
    client.serverHandshake({
      protocolVersion: 10,
      serverVersion: '8.0.36',
      connectionId: 1,
      statusFlags: 2,
      characterSet: 8,
      capabilityFlags: 0xffffff,
      authCallback: (_given: object, accept: (error: null) => void) => {
        accept(null);
        setImmediate(() => (client.sequenceId = 0));
      },
    });
    client.on('query', (sql: string) => {
      statements.push(sql);
      // Every statement counts its packets anew.
      client.sequenceId = 1;
      setImmediate(() => (client.sequenceId = 0));
      if (sql.startsWith('SELECT'))
        return client.writeTextResult(
          [{ name: 'a' }, { name: 'b' }],
          [{ catalog: 'def', schema: '', table: '', orgTable: '', name: 'name', orgName: 'name', characterSet: 33, columnLength: 90, columnType: 253, flags: 0, decimals: 0 }], // prettier-ignore
        );
      if (sql.includes('broken')) return client.writeError({ message: 'no such table', code: 1146 });
      return client.writeOk({ affectedRows: sql.startsWith('INSERT') ? 3 : 0 });
    });
    client.on('error', () => {});
  });
  await new Promise<void>((resolve) =>
    (server.listen as (port: number, host: string, done: () => void) => unknown)(0, '127.0.0.1', resolve),
  );
});
afterAll(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

it('binds values, returns rows, counts what was changed, and takes back what throws', async () => {
  const address = (
    server as unknown as { readonly _server: { address(): { readonly port: number } } }
  )._server.address();
  const user = connectionUser({
    host: '127.0.0.1',
    port: address.port,
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
