/**
 * CSV to typed Parquet. A sound file is read twice: once for its shape, once by DuckDB, which takes the types from the
 * first rows. Where these do not fit the rest it takes them from the whole file; where something is wrong, `checkCsv`
 * reads the file again and says where.
 */
import type { Column, ColumnType } from '../tasks/dataset';
import { checkCsv } from './check-csv';
import { columnTypeOf, DUCKDB_TYPES } from './column-type';
import { Database, quoteName, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { scanCsv } from './scan-csv';
import { mayHoldStrays, StrayTexts } from './stray-texts';

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

export interface ImportedCsv {
  readonly rows: number;
  readonly columns: Column[];
}

/** Types that are not declared are those of the whole file. @throws InvalidDataset before the target is of use */
export async function importCsv(request: CsvImport): Promise<ImportedCsv> {
  const scanned = await scanCsv(request.path, request.delimiter);
  // Declared numbers are checked cell by cell: DuckDB would round 1.5 to a whole number.
  const declared = Object.values(request.types).some((type) => type === 'integer' || type === 'number');
  if (scanned === undefined || declared) await checkAll(request);
  return Database.use(request, async (database) => {
    try {
      const columns = await copied(database, request);
      const absent = Object.keys(request.types).find(
        (name) => !columns.some((column) => column.name === name),
      );
      if (absent !== undefined || hasBadNames(columns)) await checkAll(request);
      const undeclared = columns.filter(({ name }) => request.types[name] === undefined);
      if (await mayHoldStrays(database, request.target, undeclared)) await checkAll(request);
      const [count] = await database.rows(
        `SELECT count(*) AS n FROM read_parquet(${quoteText(request.target)})`,
      );
      return { rows: Number(count?.['n']), columns };
    } catch (error) {
      if (error instanceof InvalidDataset) throw error;
      // Says where the fault is, if it can.
      await checkAll(request);
      const message = String((error as { readonly message?: unknown } | null)?.message ?? error);
      throw new InvalidDataset(
        `${request.source} cannot be read as CSV: ${message.split('\n').slice(0, 3).join(' ')}`,
        {
          cause: error,
        },
      );
    }
  });
}

/** Every cell is looked at. @throws InvalidDataset that names line and column */
async function checkAll({ path, source, delimiter, nullValues, types }: CsvImport): Promise<void> {
  const strays = new StrayTexts(nullValues, types);
  const { header } = await checkCsv(path, source, delimiter, (names, cells, line) =>
    strays.see(names, cells, line),
  );
  const absent = Object.keys(types).filter((name) => !header.includes(name));
  if (absent.length > 0)
    throw new InvalidDataset(
      `${source}, line 1: there is no column '${absent.join("', '")}', for which a type is declared; columns: ${header.join(', ')}.`,
    );
  strays.check(source);
}

/** What `checkHeader` refuses: DuckDB renames doubled columns and makes up missing names. */
function hasBadNames(columns: readonly Column[]): boolean {
  return columns.some(({ name }) => /_\d+$|^column\d+$|^-?\d/.test(name));
}

/** Rows of the sample that the sniffer of DuckDB takes. */
const SAMPLE = 20_480;

async function copied(database: Database, request: CsvImport): Promise<Column[]> {
  const copy = async (sample: number): Promise<Column[]> => {
    const read = readCsv(request, sample);
    const described = await database.rows(`DESCRIBE SELECT * FROM ${read}`);
    const columns = described.map((row) => ({
      name: String(row['column_name']),
      sql: String(row['column_type']),
      type: columnTypeOf(String(row['column_type'])),
    }));
    // A column without a value in the sample may have any type.
    if (sample > 0 && (await isEmptyInSample(database, read, columns))) return copy(-1);
    // Whole numbers in the sample need not be whole numbers further down, and DuckDB would round them.
    const whole = columns.filter(
      ({ name, type }) => sample > 0 && type === 'integer' && request.types[name] === undefined,
    );
    const list = columns.map(({ name, sql, type }) => {
      const c = quoteName(name);
      if (whole.some((column) => column.name === name))
        return `CASE WHEN contains(${c}, '.') OR contains(lower(${c}), 'e') THEN error('no whole number') ELSE CAST(${c} AS BIGINT) END AS ${c}`;
      return type === 'string' && sql !== 'VARCHAR' ? `CAST(${c} AS VARCHAR) AS ${c}` : c;
    });
    const texts = Object.fromEntries(whole.map(({ name }) => [name, 'string' as const]));
    const checked = readCsv({ ...request, types: { ...request.types, ...texts } }, sample);
    try {
      await database.run(
        `COPY (SELECT ${list.join(', ')} FROM ${checked}) TO ${quoteText(request.target)} (FORMAT parquet, COMPRESSION snappy)`,
      );
    } catch (error) {
      if (sample < 0) throw error;
      return copy(-1);
    }
    return columns.map(({ name, type }) => ({ name, type }));
  };
  return copy(SAMPLE);
}

function readCsv({ path, delimiter, nullValues, types }: CsvImport, sample: number): string {
  const nulls = `[${nullValues.map(quoteText).join(', ')}]`;
  const declared = Object.entries(types).map(([name, type]) => `${quoteText(name)}: '${DUCKDB_TYPES[type]}'`);
  const given = declared.length === 0 ? '' : `, types = {${declared.join(', ')}}`;
  return `read_csv(${quoteText(path)}, header = true, delim = ${quoteText(delimiter)}, quote = '"', escape = '"', nullstr = ${nulls}, sample_size = ${sample}, auto_detect = true, strict_mode = true${given})`;
}

async function isEmptyInSample(
  database: Database,
  read: string,
  columns: readonly { readonly name: string; readonly sql: string }[],
): Promise<boolean> {
  const texts = columns.filter(({ sql }) => sql === 'VARCHAR');
  if (texts.length === 0) return false;
  const counts = texts.map(({ name }, i) => `count(${quoteName(name)}) AS c${i}`).join(', ');
  const [answer = {}] = await database.rows(`SELECT ${counts} FROM (SELECT * FROM ${read} LIMIT ${SAMPLE})`);
  return texts.some((_, i) => Number(answer[`c${i}`]) === 0);
}
