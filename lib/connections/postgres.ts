/** A client for PostgreSQL: Airflow's `PostgresHook`. Only handlers that import this file carry the driver. */
import { Client } from 'pg';
import type { Connection } from '../tasks/connection';
import type { ConnectionSettings } from '../tasks/connection-kinds';
import { inTransaction, type SqlClient } from './sql-client';
import type { ConnectionUser } from './user';

const CONNECT_MS = 10_000;

/** Is closed when the task ends. */
export async function openPostgres(
  user: ConnectionUser,
  connection: Connection<'postgres'>,
): Promise<SqlClient> {
  const client = await connectPostgres(await user.connection(connection));
  user.onEnd(async () => client.end());
  return sqlClientOf(client);
}

export async function connectPostgres(settings: ConnectionSettings<'postgres'>): Promise<Client> {
  const { ssl, ca, ...rest } = settings;
  const client = new Client({
    ...rest,
    ssl:
      ssl === 'disable'
        ? false
        : { rejectUnauthorized: ssl === 'verify', ...(ca === undefined ? {} : { ca }) },
    application_name: 'millrace',
    connectionTimeoutMillis: CONNECT_MS,
  });
  // A server that goes away between two statements: the next statement says so.
  client.on('error', () => {});
  await client.connect();
  return client;
}

export function sqlClientOf(client: Client): SqlClient {
  return {
    query: async (sql, values = []) => {
      const { rows, rowCount } = await client.query(sql, [...values]);
      return { rows, changed: rowCount ?? 0 };
    },
    transaction: async (body) => inTransaction(async (sql) => client.query(sql), body),
  };
}
