/** The answer of one SELECT as a Parquet file, written while it is computed: it need not fit in memory. */
import type { Column } from '../tasks/dataset';
import { columnTypeOf } from './column-type';
import { quoteText, type Database } from './duckdb';
import { InvalidDataset } from './invalid-dataset';

/**
 * A statement that writes the rows of a SELECT to a file. A dictionary is given up sooner than DuckDB does it by itself:
 * building one for a column of thousands of values takes a tenth of the time of all, and makes the file a tenth smaller.
 */
export function copyToParquet(select: string, target: string): string {
  return `COPY (\n${select}\n) TO ${quoteText(target)} (FORMAT parquet, COMPRESSION snappy, DICTIONARY_SIZE_LIMIT 8192, WRITE_BLOOM_FILTER false)`;
}

export interface WrittenSelect {
  readonly rows: number;
  readonly columns: Column[];
}

/** @param sql without a semicolon @throws InvalidDataset for columns of lists or structs */
export async function writeSelect(
  database: Database,
  sql: string,
  values: Readonly<Record<string, string | number | boolean | null>>,
  target: string,
): Promise<WrittenSelect> {
  const [copied] = await database.rowsNamed(copyToParquet(sql, target), values);
  const described = await database.rows(`DESCRIBE SELECT * FROM read_parquet(${quoteText(target)})`);
  const columns = described.map((row) => ({
    name: String(row['column_name']),
    type: String(row['column_type']),
  }));
  const nested = columns.find(({ type }) => /[[(]|^MAP/.test(type.replace(/^DECIMAL.*/, '')));
  if (nested !== undefined)
    throw new InvalidDataset(
      `The SQL gives the column '${nested.name}' of type ${nested.type}; a dataset has plain values only.`,
    );
  return {
    rows: Number(copied?.['Count']),
    columns: columns.map(({ name, type }) => ({ name, type: columnTypeOf(type) })),
  };
}

/** Faults of the statement or of the data, which a retry does not mend. */
const FAULTS =
  /\b(Parser|Binder|Catalog|Conversion|Invalid Input|Out of Range|Constraint|Permission|Not implemented|Mismatch Type)\b.*Error/i;

/** Does what is given; a fault of the statement becomes an `InvalidDataset`. @param what begins the message */
export async function namingFaults<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Not `instanceof Error`: the binding throws errors of the realm that loaded it.
    const message = String((error as { readonly message?: unknown } | null)?.message ?? error);
    if (error instanceof RangeError || FAULTS.test(message))
      throw new InvalidDataset(`${what} cannot be run: ${message}`, { cause: error });
    throw error;
  }
}

/** From here on nothing but the scratch directory can be read or written, whatever a statement says. */
export async function confine(database: Database, scratch: string): Promise<void> {
  await database.run(`SET allowed_directories = [${quoteText(scratch)}]`);
  await database.run('SET enable_external_access = false');
}

/** And nothing can be set any more. */
export async function lockDown(database: Database, scratch: string): Promise<void> {
  await confine(database, scratch);
  await database.run('SET lock_configuration = true');
}
