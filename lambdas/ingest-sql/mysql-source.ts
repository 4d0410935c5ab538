/** MySQL and MariaDB, row by row as they come. */
import type { Readable } from 'node:stream';
import { connectMySql } from '../../lib/connections/mysql';
import type { ConnectionUser } from '../../lib/connections/user';
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import type { Connection } from '../../lib/tasks/connection';
import type { ColumnType } from '../../lib/tasks/dataset';
import { checkNames, type Bounds, type Source, type Value } from './source';

/** By the codes of the protocol (enum_field_types). */
const TYPES: Readonly<Record<number, ColumnType>> = {
  0: 'number',
  1: 'integer',
  2: 'integer',
  3: 'integer',
  4: 'number',
  5: 'number',
  7: 'timestamp',
  8: 'integer',
  9: 'integer',
  10: 'date',
  12: 'timestamp',
  13: 'integer',
  246: 'number',
};

/** Values as the server writes them. */
const typeCast = (field: { string(): string | null }) => field.string();

export async function mySqlSource(user: ConnectionUser, connection: Connection<'mysql'>): Promise<Source> {
  const client = await connectMySql(await user.connection(connection));
  user.onEnd(async () => client.end());
  await client.query("SET time_zone = '+00:00'");
  const asked = async (sql: string, values: readonly Value[]) => {
    try {
      const [rows, fields] = await client.query({ sql, values: [...values], typeCast });
      return { rows: rows as unknown as Record<string, string | null>[], fields };
    } catch (error) {
      throw named(error);
    }
  };
  return {
    columns: async (query, values) => {
      const { fields } = await asked(`SELECT * FROM (${query}\n) AS q LIMIT 0`, values);
      return checkNames(
        fields.map(({ name, columnType = 253 }) => ({ name, type: TYPES[columnType] ?? 'string' })),
      );
    },
    newest: async (query, values, column, low) => {
      const c = quoted(column);
      const where = low === null ? '' : ` WHERE ${c} > ?`;
      const all = low === null ? values : [...values, low];
      const { rows } = await asked(
        `SELECT CAST(max(${c}) AS CHAR) AS high FROM (${query}\n) AS q${where}`,
        all,
      );
      return rows[0]?.['high'] ?? null;
    },
    rows: async function* (query, values, bounds) {
      const { sql, all } = bounded(query, values, bounds);
      // The promises of the driver hold all rows; its callbacks below them do not.
      const { connection: core } = client as unknown as {
        readonly connection: { query(options: object): { stream(options: object): Readable } };
      };
      try {
        yield* core.query({ sql, values: all, typeCast }).stream({ highWaterMark: 1000 });
      } catch (error) {
        throw named(error);
      }
    },
  };
}

function bounded(query: string, values: readonly Value[], bounds: Bounds | undefined) {
  if (bounds === undefined) return { sql: query, all: values };
  const c = quoted(bounds.column);
  if (bounds.high === null) return { sql: `SELECT * FROM (${query}\n) AS q WHERE false`, all: values };
  const low = bounds.low === null ? '' : ` AND ${c} > ?`;
  return {
    sql: `SELECT * FROM (${query}\n) AS q WHERE ${c} <= ?${low} ORDER BY ${c}`,
    all: [...values, bounds.high, ...(bounds.low === null ? [] : [bounds.low])],
  };
}

/** Ambiguous or unknown column, syntax, unknown table or function: the statement, which a retry does not mend. */
const REFUSALS: ReadonlySet<unknown> = new Set([1052, 1054, 1064, 1146, 1305]);

/** Those, and SQLSTATE classes 22 and 42: the data or the statement. */
function named(error: unknown): unknown {
  const { errno, sqlState = '' } = error as { readonly errno?: number; readonly sqlState?: string };
  if (!REFUSALS.has(errno) && !/^(22|42)/.test(sqlState)) return error;
  return new InvalidDataset(`MySQL refuses the query: ${(error as Error).message}`, { cause: error });
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
