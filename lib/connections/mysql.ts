/** A client for MySQL and MariaDB: Airflow's `MySqlHook`. Only handlers that import this file carry the driver. */
import { createConnection, type Connection as MySql } from 'mysql2/promise';
import type { Connection } from '../tasks/connection';
import type { ConnectionSettings } from '../tasks/connection-kinds';
import { inTransaction, type SqlClient } from './sql-client';
import type { ConnectionUser } from './user';

const CONNECT_MS = 10_000;

/** Is closed when the task ends. */
export async function openMySql(user: ConnectionUser, connection: Connection<'mysql'>): Promise<SqlClient> {
  const client = await connectMySql(await user.connection(connection));
  user.onEnd(async () => client.end());
  return sqlClientOf(client);
}

export async function connectMySql({
  ssl,
  ca,
  password,
  ...rest
}: ConnectionSettings<'mysql'>): Promise<MySql> {
  return createConnection({
    ...rest,
    ...(password === undefined ? {} : { password }),
    ...(ssl === 'disable'
      ? {}
      : { ssl: { rejectUnauthorized: ssl === 'verify', ...(ca === undefined ? {} : { ca }) } }),
    connectTimeout: CONNECT_MS,
  });
}

export function sqlClientOf(client: MySql): SqlClient {
  return {
    query: async (sql, values = []) => {
      const [answer] = await client.query(sql, [...values]);
      return Array.isArray(answer)
        ? { rows: answer as never[], changed: 0 }
        : { rows: [], changed: 'affectedRows' in answer ? answer.affectedRows : 0 };
    },
    transaction: async (body) => inTransaction(async (sql) => client.query(sql), body),
  };
}
