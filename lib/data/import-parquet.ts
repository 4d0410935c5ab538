/**
 * A Parquet file from elsewhere as a dataset. All of it is read once, so that a damaged page or a text that is no UTF-8
 * is found here and not by a later task. It stays as it is where its values are those of datasets; else it is written
 * anew: NaN as a missing number, lists and structs as JSON texts, times of day, enums and the like as texts.
 */
import { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } from 'hyparquet';
import { columnTypeOf } from './column-type';
import { Database, quoteName, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { sameName } from './same-name';
import { writeSelect, type WrittenSelect } from './write-select';

export interface ParquetImport {
  readonly path: string;
  /** What messages call it. */
  readonly source: string;
  /** File for what is written anew. */
  readonly target: string;
  readonly scratch: string;
  readonly memoryMb: number;
}

/** What is read the same way by all who read datasets. */
const PLAIN =
  /^(U?TINYINT|U?SMALLINT|U?INTEGER|BIGINT|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN|DATE|TIMESTAMP.*|VARCHAR)$/;
const NESTED = /[[(]|^MAP/;

/** @throws InvalidDataset for a file that is none, is damaged, or has a column twice or one without a name */
export async function importParquet(
  request: ParquetImport,
): Promise<WrittenSelect & { readonly path: string }> {
  const { path, source, target } = request;
  return Database.use(request, async (database) => {
    try {
      const from = `read_parquet(${quoteText(path)})`;
      const described = (await database.rows(`DESCRIBE SELECT * FROM ${from}`)).map((row) => ({
        name: String(row['column_name']),
        type: String(row['column_type']),
      }));
      await checkNames(path, source);
      const floats = described.map(({ type }) => type === 'DOUBLE' || type === 'FLOAT');
      const looks = described.map(({ name }, i) => {
        const c = quoteName(name);
        return `${floats[i] === true ? `count(*) FILTER (WHERE isnan(${c}))` : `max(hash(${c}))`} AS c${i}`;
      });
      const [seen = {}] = await database.rows(
        `SELECT ${['count(*) AS n', ...looks].join(', ')} FROM ${from}`,
      );
      const hasNaN = (i: number) => floats[i] === true && Number(seen[`c${i}`]) > 0;
      if (described.every(({ type }, i) => PLAIN.test(type) && !hasNaN(i)))
        return {
          path,
          rows: Number(seen['n']),
          columns: described.map(({ name, type }) => ({ name, type: columnTypeOf(type) })),
        };
      const list = described.map(
        ({ name, type }, i) => `${valueOf(name, type, hasNaN(i))} AS ${quoteName(name)}`,
      );
      return {
        path: target,
        ...(await writeSelect(database, `SELECT ${list.join(', ')} FROM ${from}`, {}, target)),
      };
    } catch (cause) {
      if (cause instanceof InvalidDataset) throw cause;
      const [message] = String((cause as { readonly message?: unknown } | null)?.message ?? cause).split(
        '\n',
      );
      throw new InvalidDataset(
        `${source} cannot be read as Parquet: ${(message ?? '').replaceAll(path, source)}`,
        { cause },
      );
    }
  });
}

async function checkNames(path: string, source: string): Promise<void> {
  const { children } = parquetSchema(await parquetMetadataAsync(await asyncBufferFromFile(path)));
  const names = children.map(({ element }) => element.name);
  const unnamed = names.indexOf('');
  const alike = sameName(unnamed < 0 ? names : names.slice(0, unnamed));
  if (alike !== undefined) {
    const [before, name] = alike;
    throw new InvalidDataset(
      `${source}: the column '${name}' is there twice${before === name ? '' : `: '${before}' is the same name`}. Rename one of them at the source.`,
    );
  }
  if (unnamed >= 0) throw new InvalidDataset(`${source}: column ${unnamed + 1} has no name.`);
}

function valueOf(name: string, type: string, hasNaN: boolean): string {
  const c = quoteName(name);
  if (hasNaN) return `CASE WHEN NOT isnan(${c}) THEN ${c} END`;
  if (PLAIN.test(type)) return c;
  if (NESTED.test(type)) return `CAST(to_json(${c}) AS VARCHAR)`;
  // Texts of writers that do not call them so.
  if (type === 'BLOB') return `decode(${c})`;
  return `CAST(${c} AS ${columnTypeOf(type) === 'integer' ? 'BIGINT' : 'VARCHAR'})`;
}
