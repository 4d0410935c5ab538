import type { Column, ColumnType } from '../tasks/dataset';
import { checkCsv } from './check-csv';
import { columnTypeOf, DUCKDB_TYPES } from './column-type';
import { Database, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { StrayTexts } from './stray-texts';

export interface CsvImport {
  /** File of the CSV. */
  readonly path: string;
  /** What messages call it. */
  readonly source: string;
  readonly delimiter: string;
  readonly nullValues: readonly string[];
  /** Declared types by column. */
  readonly types: Readonly<Record<string, ColumnType>>;
  /** File the Parquet goes to. */
  readonly target: string;
  readonly scratch: string;
  readonly memoryMb: number;
}

/** Types that are not declared are taken from the whole file. @throws InvalidDataset before the target is written */
export async function importCsv(
  request: CsvImport,
): Promise<{ readonly rows: number; readonly columns: Column[] }> {
  const strays = new StrayTexts(request.nullValues, request.types);
  const shape = await checkCsv(request.path, request.source, request.delimiter, (header, cells, line) =>
    strays.see(header, cells, line),
  );
  const absent = Object.keys(request.types).filter((name) => !shape.header.includes(name));
  if (absent.length > 0)
    throw new InvalidDataset(
      `${request.source}, line 1: there is no column '${absent.join("', '")}', for which a type is declared; columns: ${shape.header.join(', ')}.`,
    );
  strays.check(request.source);
  return Database.use({ memoryMb: request.memoryMb, scratch: request.scratch }, async (database) => {
    const nulls = `[${request.nullValues.map(quoteText).join(', ')}]`;
    const declared = Object.entries(request.types).map(
      ([name, type]) => `${quoteText(name)}: '${DUCKDB_TYPES[type]}'`,
    );
    const types = declared.length === 0 ? '' : `, types = {${declared.join(', ')}}`;
    const read = `read_csv(${quoteText(request.path)}, header = true, delim = ${quoteText(request.delimiter)}, quote = '"', escape = '"', nullstr = ${nulls}, sample_size = -1, auto_detect = true, strict_mode = true${types})`;
    try {
      const described = await database.rows(`DESCRIBE SELECT * FROM ${read}`);
      await database.run(
        `COPY (SELECT * FROM ${read}) TO ${quoteText(request.target)} (FORMAT parquet, COMPRESSION snappy)`,
      );
      return {
        rows: shape.rows,
        columns: described.map((row) => ({
          name: String(row['column_name']),
          type: columnTypeOf(String(row['column_type'])),
        })),
      };
    } catch (error) {
      throw new InvalidDataset(
        `${request.source} cannot be read as CSV: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`,
        { cause: error },
      );
    }
  });
}
