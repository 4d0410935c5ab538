import { columnTypeOf } from './column-type';
import { Database, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import type { WrittenSelect } from './write-select';

/** Rows and columns of a Parquet file from elsewhere. @param source what messages call it @throws InvalidDataset when it is none */
export async function describeParquet(
  path: string,
  source: string,
  options: { readonly memoryMb: number; readonly scratch: string },
): Promise<WrittenSelect> {
  return Database.use(options, async (database) => {
    try {
      const described = await database.rows(`DESCRIBE SELECT * FROM read_parquet(${quoteText(path)})`);
      const [count] = await database.rows(`SELECT count(*) AS n FROM read_parquet(${quoteText(path)})`);
      return {
        rows: Number(count?.['n']),
        columns: described.map((row) => ({
          name: String(row['column_name']),
          type: columnTypeOf(String(row['column_type'])),
        })),
      };
    } catch (cause) {
      const message = String((cause as { readonly message?: unknown } | null)?.message ?? cause).split(
        '\n',
      )[0];
      throw new InvalidDataset(`${source} cannot be read as Parquet: ${message ?? ''}`, { cause });
    }
  });
}
