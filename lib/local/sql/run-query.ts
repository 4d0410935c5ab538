/** One statement on DuckDB, in a database of its own: what it writes is gone with it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, relative, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { LocalTables } from './local-tables';

export type Scalar = string | number | boolean | null;

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Scalar[])[];
  readonly changed: number;
}

export interface RunQueryProps {
  readonly sql: string;
  readonly local: LocalTables;
  /** By position, or by name. */
  readonly parameters: readonly Scalar[] | Readonly<Record<string, Scalar>>;
  readonly projectRoot: string;
  /** Reads an object of the local bucket. */
  readonly readObject: (bucket: string, key: string) => Promise<Uint8Array>;
  readonly signal?: AbortSignal;
}

const READERS: Readonly<Record<string, string>> = {
  '.parquet': 'read_parquet',
  '.csv': 'read_csv',
  '.tsv': 'read_csv',
  '.json': 'read_json',
  '.jsonl': 'read_json',
  '.ndjson': 'read_json',
};

/** @throws Error with DuckDB's own words for a statement that it does not run */
export async function runQuery(props: RunQueryProps): Promise<QueryResult> {
  const { DuckDBInstance } = require('@duckdb/node-api') as typeof import('@duckdb/node-api');
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-sql-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', temp_directory: scratch });
  const connection = await instance.connect();
  // What is interrupted is the statement at hand; the one that matters may only begin.
  let again: NodeJS.Timeout | undefined;
  const stop = () => {
    connection.interrupt();
    again = setInterval(() => connection.interrupt(), 50);
  };
  props.signal?.addEventListener('abort', stop);
  try {
    await connection.run("SET TimeZone = 'UTC'");
    for (const [name, place] of Object.entries(props.local.tables))
      await createTable(connection, name, await fileOf(place, scratch, props));
    props.signal?.throwIfAborted();
    return await run(connection, props.local.sql ?? props.sql, props.parameters);
  } finally {
    clearInterval(again);
    props.signal?.removeEventListener('abort', stop);
    connection.closeSync();
    instance.closeSync();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fileOf(place: string, scratch: string, props: RunQueryProps): Promise<string> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(place) ?? [];
  if (bucket !== undefined && key !== undefined) {
    const file = join(scratch, `${Buffer.from(key).toString('hex').slice(-64)}${extname(key)}`);
    await writeFile(file, await props.readObject(bucket, key));
    return file;
  }
  const file = resolve(props.projectRoot, place);
  if (relative(props.projectRoot, file).startsWith('..'))
    throw new Error(`${place} is no file of the project.`);
  if (!/[*?[]/.test(place) && !existsSync(file))
    throw new Error(`The local table's file ${place} is not in the project.`);
  return file;
}

/** A view under the name, also with its schema: `shop.orders`. */
async function createTable(connection: DuckDBConnection, name: string, file: string): Promise<void> {
  const reader = READERS[extname(file).toLowerCase()];
  if (reader === undefined)
    throw new Error(`${file} is none of ${Object.keys(READERS).join(', ')}, which a table can be.`);
  const parts = name.split('.');
  for (let i = 0; i < parts.length - 1; i++)
    if (i === parts.length - 2) await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoted(parts[i] ?? '')}`);
  const named = parts.slice(-2).map(quoted).join('.');
  await connection.run(`CREATE VIEW ${named} AS SELECT * FROM ${reader}('${file.replaceAll("'", "''")}')`);
}

async function run(
  connection: DuckDBConnection,
  sql: string,
  parameters: RunQueryProps['parameters'],
): Promise<QueryResult> {
  const named = !Array.isArray(parameters);
  const statement = await connection.prepare(named ? withDollars(sql) : sql);
  try {
    if (named) {
      const wanted = Array.from({ length: statement.parameterCount }, (_, i) =>
        statement.parameterName(i + 1),
      );
      const given = parameters as Readonly<Record<string, Scalar>>;
      statement.bind(Object.fromEntries(wanted.map((name) => [name, given[name] ?? null])));
    } else statement.bind([...(parameters as readonly Scalar[])]);
    const result = await statement.runAndReadAll();
    const types = result.columnTypes().map(String);
    const rows = result.getRowsJson().map((row) => row.map((value, i) => plain(value, types[i] ?? '')));
    return {
      columns: result.columnNames().map((name, i) => ({ name, type: types[i] ?? 'VARCHAR' })),
      rows,
      // DuckDB tells how many rows a statement wrote as a row of its own.
      changed: WRITES.test(sql) && typeof rows[0]?.[0] === 'number' ? rows[0][0] : result.rowsChanged,
    };
  } finally {
    statement.destroySync();
  }
}

const WRITES = /^\s*(?:insert|update|delete|merge|create|copy)\b/i;

/** `:name` as DuckDB has it, but not in texts, comments and casts. */
function withDollars(sql: string): string {
  return sql.replace(
    /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([A-Za-z_]\w*)/g,
    (whole, name: string | undefined) => (name === undefined ? whole : `$${name}`),
  );
}

const NUMBER = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL)/;

/** DuckDB writes numbers of many digits as texts. */
function plain(value: unknown, type: string): Scalar {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return NUMBER.test(type) ? Number(value) : value;
  return JSON.stringify(value);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
