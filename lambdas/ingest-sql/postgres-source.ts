/** PostgreSQL, read by a cursor on the server in a transaction that cannot write. */
import type { Client } from 'pg';
import { connectPostgres } from '../../lib/connections/postgres';
import type { ConnectionUser } from '../../lib/connections/user';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import type { Connection } from '../../lib/tasks/connection';
import type { ColumnType } from '../../lib/tasks/dataset';
import { checkNames, type Bounds, type Source, type Value } from './source';

const BATCH = 5000;

/** By the object ids of types in pg_type.dat, which never change. */
const TYPES: Readonly<Record<number, ColumnType>> = {
  16: 'boolean',
  20: 'integer',
  21: 'integer',
  23: 'integer',
  26: 'integer',
  700: 'number',
  701: 'number',
  1700: 'number',
  1082: 'date',
  1114: 'timestamp',
  1184: 'timestamp',
};

/** Values as the server writes them. */
const AS_TEXT = { getTypeParser: () => (value: string | null) => value };

export async function postgresSource(
  user: ConnectionUser,
  connection: Connection<'postgres'>,
): Promise<Source> {
  const client = await connectPostgres(await user.connection(connection));
  user.onEnd(async () => client.end());
  await client.query("SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'");
  return {
    columns: async (query, values) => {
      const { fields } = await asked(client, `SELECT * FROM (${query}\n) AS q LIMIT 0`, values);
      return checkNames(
        fields.map(({ name, dataTypeID }) => ({ name, type: TYPES[dataTypeID] ?? 'string' })),
      );
    },
    newest: async (query, values, column, low) => {
      const c = quoted(column);
      const where = low === null ? '' : ` WHERE ${c} > $${values.length + 1}`;
      const all = low === null ? values : [...values, low];
      const { rows } = await asked(client, `SELECT max(${c}) AS high FROM (${query}\n) AS q${where}`, all);
      return (rows[0] as { high: string | null } | undefined)?.high ?? null;
    },
    rows: (query, values, bounds) => read(client, query, values, bounds),
  };
}

async function* read(client: Client, query: string, values: readonly Value[], bounds: Bounds | undefined) {
  const { sql, all } = bounded(query, values, bounds);
  await client.query('BEGIN READ ONLY');
  try {
    await asked(client, `DECLARE millrace NO SCROLL CURSOR FOR ${sql}`, all);
    for (;;) {
      const { rows } = await asked(client, `FETCH ${BATCH} FROM millrace`, []);
      yield* rows as Record<string, string | null>[];
      if (rows.length < BATCH) break;
    }
  } finally {
    await client.query('ROLLBACK').catch(() => {});
  }
}

function bounded(query: string, values: readonly Value[], bounds: Bounds | undefined) {
  if (bounds === undefined) return { sql: query, all: values };
  const c = quoted(bounds.column);
  if (bounds.high === null) return { sql: `SELECT * FROM (${query}\n) AS q WHERE false`, all: values };
  const all = [...values, bounds.high, ...(bounds.low === null ? [] : [bounds.low])];
  const low = bounds.low === null ? '' : ` AND ${c} > $${values.length + 2}`;
  return {
    sql: `SELECT * FROM (${query}\n) AS q WHERE ${c} <= $${values.length + 1}${low} ORDER BY ${c}`,
    all,
  };
}

async function asked(client: Client, text: string, values: readonly Value[]) {
  try {
    return await client.query({ text, values: [...values], types: AS_TEXT });
  } catch (error) {
    // Classes 22 and 42: the data or the statement, which a retry does not mend.
    if (/^(22|42)/.test((error as { code?: string }).code ?? ''))
      throw new InvalidDataset(`PostgreSQL refuses the query: ${(error as Error).message}`, { cause: error });
    throw error;
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
