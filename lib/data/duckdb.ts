/** DuckDB in memory, for one task: bounded memory, spilling to the scratch directory, parameters bound. */
import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBResultReader } from '@duckdb/node-api';

export type Row = Readonly<Record<string, unknown>>;

export class Database {
  private constructor(private readonly connection: DuckDBConnection) {}

  /**
   * Opens a database, hands it to `work`, and closes it. With more `threads` the order of rows stays, but sums of fractions
   * may differ in their last digits: only for work that adds nothing up. @default threads 1
   */
  static async use<T>(
    options: { readonly memoryMb: number; readonly scratch: string; readonly threads?: number | undefined },
    work: (database: Database) => Promise<T>,
  ): Promise<T> {
    const { DuckDBInstance } = require('@duckdb/node-api') as typeof import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.max(128, Math.floor(options.memoryMb * 0.6))}MB`,
      temp_directory: options.scratch,
      // One thread gives the same bytes every time, whatever is computed.
      threads: String(options.threads ?? 1),
      preserve_insertion_order: 'true',
    });
    const connection = await instance.connect();
    try {
      // The same instants on every machine.
      await connection.run("SET TimeZone = 'UTC'");
      return await work(new Database(connection));
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
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
      statement.bind(Object.fromEntries(names.map((name) => [name, values[name] ?? null])));
      return plainRows(await statement.runAndReadAll());
    } finally {
      statement.destroySync();
    }
  }

  async run(sql: string, values: readonly (string | number | boolean | null)[] = []): Promise<void> {
    await this.connection.run(sql, [...values]);
  }
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
