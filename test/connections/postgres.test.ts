/** Against PostgreSQL compiled to WebAssembly, in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openPostgres } from '../../lib/connections/postgres';
import type { SqlClient } from '../../lib/connections/sql-client';
import { connection } from '../../lib/tasks/connection';
import { connectionUser } from '../support/connection-user';

const warehouse = connection('warehouse', 'postgres');
let server: ChildProcess;
let port: number;
const SETTINGS = { host: '127.0.0.1', database: 'postgres', user: 'postgres', ssl: 'disable' } as const;

beforeAll(async () => {
  server = spawn(process.execPath, [join(__dirname, '..', 'support', 'postgres-process.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  port = Number(line);
}, 30_000);
afterAll(async () => {
  server.stdin?.end();
  await once(server, 'exit');
});

async function withClient(body: (client: SqlClient) => Promise<void>): Promise<void> {
  const user = connectionUser({ ...SETTINGS, port });
  try {
    await body(await openPostgres(user, warehouse));
  } finally {
    await user.close();
  }
}

it('binds values, returns rows by column, and counts what was changed', async () => {
  await withClient(async (client) => {
    await client.query('CREATE TABLE orders (id int PRIMARY KEY, name text)');
    const { changed } = await client.query('INSERT INTO orders VALUES ($1, $2), ($3, $4)', [
      1,
      "Robert'); DROP TABLE orders;--",
      2,
      'plain',
    ]);
    expect(changed).toBe(2);
    const { rows } = await client.query<{ id: number; name: string }>('SELECT * FROM orders ORDER BY id');
    expect(rows).toEqual([
      { id: 1, name: "Robert'); DROP TABLE orders;--" },
      { id: 2, name: 'plain' },
    ]);
  });
});

it('takes back a transaction that throws, and keeps one that does not', async () => {
  await withClient(async (client) => {
    await client.query('CREATE TABLE balance (n int)');
    await expect(
      client.transaction(async () => {
        await client.query('INSERT INTO balance VALUES (1)');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await client.transaction(async () => client.query('INSERT INTO balance VALUES (2)'));
    expect((await client.query('SELECT n FROM balance')).rows).toEqual([{ n: 2 }]);
  });
});

it('says what is wrong with a statement, and does not say the password', async () => {
  const user = connectionUser({ ...SETTINGS, port, password: 'sesame' });
  const client = await openPostgres(user, warehouse);
  const error: unknown = await client.query('SELECT nothing FROM nowhere').catch((thrown: unknown) => thrown);
  expect(String(error)).toContain('relation "nowhere" does not exist');
  expect(JSON.stringify(error)).not.toContain('sesame');
  await user.close();
});
