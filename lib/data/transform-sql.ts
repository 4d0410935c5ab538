/**
 * One SELECT over Parquet files. Values are bound as parameters, never spliced into the text, and the statement reads
 * nothing but its inputs: access to other files and to the network is switched off before it runs.
 */
import type { Column } from '../tasks/dataset';
import { columnTypeOf } from './column-type';
import { Database, quoteName, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';

export interface SqlTransform {
  /** Parquet file by the name that the statement calls it. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly sql: string;
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
  /** File the Parquet goes to, in the scratch directory. */
  readonly target: string;
  readonly scratch: string;
  readonly memoryMb: number;
}

/** Faults of the statement or of the data, which a retry does not mend. */
const FAULTS =
  /\b(Parser|Binder|Catalog|Conversion|Invalid Input|Out of Range|Constraint|Permission|Not implemented|Mismatch Type)\b.*Error/i;

/** @throws InvalidDataset for a statement that is no single SELECT or fails, and for columns of lists or structs */
export async function transformWithSql(
  request: SqlTransform,
): Promise<{ readonly rows: number; readonly columns: Column[] }> {
  const { memoryMb, scratch, sql } = request;
  return Database.use({ memoryMb, scratch }, async (database) => {
    try {
      if ((await database.countStatements(sql)) !== 1)
        throw new InvalidDataset('The SQL must be one SELECT statement.');
      for (const [name, path] of Object.entries(request.inputs))
        await database.run(
          `CREATE VIEW ${quoteName(name)} AS SELECT * FROM read_parquet(${quoteText(path)})`,
        );
      await database.run(`SET allowed_directories = [${quoteText(scratch)}]`);
      await database.run('SET enable_external_access = false');
      await database.run('SET lock_configuration = true');
      await database.runNamed(`CREATE TABLE "${RESULT}" AS\n${sql}`, request.values);
      const described = await database.rows(`DESCRIBE "${RESULT}"`);
      const nested = described.find((row) => /[[(]|^MAP/.test(String(row['column_type']).replace(/^DECIMAL.*/, '')));
      if (nested !== undefined)
        throw new InvalidDataset(
          `The SQL gives the column '${String(nested['column_name'])}' of type ${String(nested['column_type'])}; a dataset has plain values only.`,
        );
      await database.run(
        `COPY "${RESULT}" TO ${quoteText(request.target)} (FORMAT parquet, COMPRESSION snappy)`,
      );
      const [count] = await database.rows(`SELECT count(*) AS rows FROM "${RESULT}"`);
      return {
        rows: Number(count?.['rows']),
        columns: described.map((row) => ({
          name: String(row['column_name']),
          type: columnTypeOf(String(row['column_type'])),
        })),
      };
    } catch (error) {
      // Not `instanceof Error`: the binding throws errors of the realm that loaded it.
      const message = String((error as { readonly message?: unknown } | null)?.message ?? error);
      if (error instanceof RangeError || FAULTS.test(message))
        throw new InvalidDataset(`The SQL cannot be run: ${message}`, { cause: error });
      throw error;
    }
  });
}

const RESULT = 'millrace result';
