/** DuckDB in memory, for one task: bounded memory, spilling to the scratch directory, parameters bound. */
import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBInstance, DuckDBResultReader, DuckDBType } from '@duckdb/node-api';

export type Row = Readonly<Record<string, unknown>>;

export class Database {
  private readonly others: DuckDBConnection[] = [];

  private constructor(
    private readonly connection: DuckDBConnection,
    private readonly instance: DuckDBInstance,
  ) {}

  /**
   * Opens a database, hands it to `work`, and closes it. With more `threads` the order of rows stays, but sums of fractions
   * may differ in their last digits: only for work that adds nothing up. @default threads 1
   */
  static async use<T>(
    options: { readonly memoryMb: number; readonly scratch: string; readonly threads?: number | undefined },
    work: (database: Database) => Promise<T>,
  ): Promise<T> {
    const duckdb = require('@duckdb/node-api') as typeof import('@duckdb/node-api');
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.max(128, Math.floor(options.memoryMb * 0.6))}MB`,
      temp_directory: options.scratch,
      // One thread gives the same bytes every time, whatever is computed.
      threads: String(options.threads ?? 1),
      preserve_insertion_order: 'true',
    });
    const database = new Database(await connected(instance), instance);
    try {
      return await work(database);
    } finally {
      for (const connection of [database.connection, ...database.others]) connection.closeSync();
      instance.closeSync();
    }
  }

  /** The same database for statements that run at the same time; closed with it. */
  async beside(): Promise<Database> {
    const connection = await connected(this.instance);
    this.others.push(connection);
    return new Database(connection, this.instance);
  }

  async rows(sql: string, values: readonly (string | number | boolean | null)[] = []): Promise<Row[]> {
    return plainRows(await this.connection.runAndReadAll(sql, [...values]));
  }

  /** How many statements a text holds. */
  async countStatements(sql: string): Promise<number> {
    return (await this.connection.extractStatements(sql)).count;
  }

  /**
   * Runs a statement whose `$name` parameters are bound; values that it has no parameter for are left out.
   * @throws RangeError for a parameter without a value
   */
  async rowsNamed(
    sql: string,
    values: Readonly<Record<string, string | number | boolean | null>>,
  ): Promise<Row[]> {
    const statement = await this.connection.prepare(sql);
    try {
      const names = Array.from({ length: statement.parameterCount }, (_, i) =>
        statement.parameterName(i + 1),
      );
      const unknown = names.filter((name) => !(name in values));
      if (unknown.length > 0)
        throw new RangeError(
          `There is no value for the parameter $${unknown.join(', $')}; there are $${Object.keys(values).join(', $')}.`,
        );
      names.forEach((name, i) => {
        const value = values[name] ?? null;
        statement.bindValue(i + 1, value, typeOf(value));
      });
      return plainRows(await statement.runAndReadAll());
    } finally {
      statement.destroySync();
    }
  }

  async run(sql: string, values: readonly (string | number | boolean | null)[] = []): Promise<void> {
    await this.connection.run(sql, [...values]);
  }
}

async function connected(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  // The same instants on every machine.
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}

/** What the driver takes for whole numbers of 64 bits, though they may have more. @returns nothing for the type it takes */
function typeOf(value: unknown): DuckDBType | undefined {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return undefined;
  return (require('@duckdb/node-api') as typeof import('@duckdb/node-api')).DOUBLE;
}

function plainRows(reader: DuckDBResultReader): Row[] {
  return reader
    .getRowObjectsJS()
    .map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

/** As many as there are processors; each needs memory of its own. */
export function threadsWithin(memoryMb: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(memoryMb / 1000)));
}

/** A name in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text constant in SQL, for the few places that take no parameters. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  // A statement ends at the character 0.
  return text.includes('\0') ? `(${quoted.replaceAll('\0', "' || chr(0) || '")})` : quoted;
}
