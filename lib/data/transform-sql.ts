/**
 * One SELECT over Parquet files. Values are bound as parameters, never spliced into the text, and the statement reads
 * nothing but its inputs: access to other files and to the network is switched off before it runs.
 */
import { Database, quoteName, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { lockDown, namingFaults, writeSelect, type WrittenSelect } from './write-select';

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

/** @throws InvalidDataset for a statement that is no single SELECT or fails, and for columns of lists or structs */
export async function transformWithSql(request: SqlTransform): Promise<WrittenSelect> {
  const { memoryMb, scratch, sql, values, target } = request;
  return Database.use({ memoryMb, scratch }, (database) =>
    namingFaults('The SQL', async () => {
      if ((await database.countStatements(sql)) !== 1)
        throw new InvalidDataset('The SQL must be one SELECT statement.');
      for (const [name, path] of Object.entries(request.inputs))
        await database.run(
          `CREATE VIEW ${quoteName(name)} AS SELECT * FROM read_parquet(${quoteText(path)})`,
        );
      await lockDown(database, scratch);
      return writeSelect(database, withoutSemicolon(sql), values, target);
    }),
  );
}

/** Texts, names and comments, in which a semicolon ends nothing; and the semicolon that ends the statement. */
const TOKENS =
  /[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|;/g;

function withoutSemicolon(statement: string): string {
  return statement.replace(TOKENS, (token) => (token === ';' ? '' : token));
}
