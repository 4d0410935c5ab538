/**
 * CSV to typed Parquet. A sound file is read twice: once for its shape and for what its cells are written with, once by
 * DuckDB, which takes the types from the first rows. Where these do not fit the rest it takes them from the whole file;
 * where something is wrong, `checkCsv` reads the file again and says where.
 */
import type { Column, ColumnType } from '../tasks/dataset';
import { checkCsv } from './check-csv';
import { columnTypeOf, DUCKDB_TYPES } from './column-type';
import { Database, quoteName, quoteText, threadsWithin } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { scanCsv, type ScannedColumn, type ScannedCsv } from './scan-csv';
import { ENOUGH_NUMBERS, mayHoldStrays, StrayTexts } from './stray-texts';
import { copyToParquet } from './write-select';

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
  /** The file is the same with any number. @default as many as processors and memory allow */
  readonly threads?: number;
}

export interface ImportedCsv {
  readonly rows: number;
  readonly columns: Column[];
}

/** Types that are not declared are those of the whole file. @throws InvalidDataset before the target is of use */
export async function importCsv(request: CsvImport): Promise<ImportedCsv> {
  const threads = request.threads ?? threadsWithin(request.memoryMb);
  const scanning = scanCsv(request.path, request.delimiter);
  // It is waited for below, once DuckDB has started.
  scanning.catch(() => undefined);
  return Database.use({ ...request, threads }, async (database) => {
    try {
      // While the bytes are looked at, DuckDB reads them as if all was well.
      const [scanned, read] = await Promise.all([
        scanning,
        readAtOnce(database, request).catch(() => undefined),
      ]);
      if (scanned === undefined || hasDoubtful(scanned, request)) await checkAll(request);
      const { rows, columns } = await confirmed(database, request, scanned, read);
      const absent = Object.keys(request.types).find(
        (name) => !columns.some((column) => column.name === name),
      );
      if (absent !== undefined || hasBadNames(columns)) await checkAll(request);
      const doubtful = columns.filter(
        ({ name, type }, i) => request.types[name] === undefined && mayBeStray(type, scanned?.columns[i]),
      );
      if (await mayHoldStrays(database, request.target, doubtful)) await checkAll(request);
      return { rows, columns };
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

/** Reads again, with care, what was read wrong at first. */
async function confirmed(
  database: Database,
  request: CsvImport,
  scanned: ScannedCsv | undefined,
  read: ImportedCsv | undefined,
): Promise<ImportedCsv> {
  const isWhole = (i: number) => scanned?.columns[i]?.fractional === false;
  const rounded = read?.columns.some(
    ({ name, type }, i) => type === 'integer' && request.types[name] === undefined && !isWhole(i),
  );
  if (read !== undefined && rounded === false && read.rows === scanned?.rows) return read;
  await database.run('SET threads = 1');
  return copied(database, request, isWhole);
}

/** @returns how many rows */
async function copy(database: Database, select: string, { target }: CsvImport): Promise<number> {
  const [copied] = await database.rows(copyToParquet(select, target));
  return Number(copied?.['Count']);
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

/** Declared numbers that may be none are checked cell by cell: DuckDB would round 1.5 to a whole number. */
function hasDoubtful({ header, quotes, columns }: ScannedCsv, { types, delimiter }: CsvImport): boolean {
  const numeric = Object.entries(types).filter(([, type]) => type === 'integer' || type === 'number');
  if (numeric.length === 0) return false;
  const names = header
    .replace(/^\uFEFF/, '')
    .replace(/\r$/, '')
    .split(delimiter);
  return numeric.some(([name, type]) => {
    const column = quotes ? undefined : columns[names.indexOf(name)];
    return (
      column === undefined || column.other || column.exponents || (type === 'integer' && column.fractional)
    );
  });
}

/** A text among numbers makes a column of texts that has cells like numbers; `inf` has letters, `1e400` an exponent. */
function mayBeStray(type: ColumnType, column: ScannedColumn | undefined): boolean {
  if (column === undefined) return true;
  return type === 'string' ? column.numberLike >= ENOUGH_NUMBERS : column.other || column.exponents;
}

/** What `checkHeader` refuses: DuckDB renames doubled columns and makes up missing names. */
function hasBadNames(columns: readonly Column[]): boolean {
  return columns.some(({ name }) => /_\d+$|^column\d+$|^-?\d/.test(name));
}

/** Rows of the sample that the sniffer of DuckDB takes. */
const SAMPLE = 20_480;

/** Goes over the file once. @returns nothing when the types of the first rows are not those to keep */
async function readAtOnce(database: Database, request: CsvImport): Promise<ImportedCsv | undefined> {
  const rows = await copy(database, `SELECT * FROM ${readCsv(request, SAMPLE)}`, request);
  const file = `read_parquet(${quoteText(request.target)})`;
  const columns = await describedIn(database, file);
  if (columns.some(({ type, sql }) => type === 'string' && sql !== 'VARCHAR')) return undefined;
  if (!(await hasFewGaps(database, request.target)) && (await isEmptyInSample(database, file, columns)))
    return undefined;
  return { rows, columns: columns.map(({ name, type }) => ({ name, type })) };
}

async function describedIn(database: Database, from: string) {
  const described = await database.rows(`DESCRIBE SELECT * FROM ${from}`);
  return described.map((row) => ({
    name: String(row['column_name']),
    sql: String(row['column_type']),
    type: columnTypeOf(String(row['column_type'])),
  }));
}

/** The same with care: what the first rows do not have is looked for, and whole numbers are not rounded. */
async function copied(
  database: Database,
  request: CsvImport,
  /** Whether a column of whole numbers by its first rows has nothing but such. */
  isWhole: (column: number) => boolean,
): Promise<ImportedCsv> {
  const withSample = async (sample: number): Promise<ImportedCsv> => {
    const read = readCsv(request, sample);
    const columns = await describedIn(database, read);
    // A column without a value in the sample may have any type.
    if (sample > 0 && (await isEmptyInSample(database, read, columns))) return withSample(-1);
    // Whole numbers in the sample need not be whole numbers further down, and DuckDB would round them.
    const whole = columns.filter(
      ({ name, type }, i) =>
        sample > 0 && type === 'integer' && request.types[name] === undefined && !isWhole(i),
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
      const rows = await copy(database, `SELECT ${list.join(', ')} FROM ${checked}`, request);
      return { rows, columns: columns.map(({ name, type }) => ({ name, type })) };
    } catch (error) {
      if (sample < 0) throw error;
      return withSample(-1);
    }
  };
  return withSample(SAMPLE);
}

function readCsv({ path, delimiter, nullValues, types }: CsvImport, sample: number): string {
  const nulls = `[${nullValues.map(quoteText).join(', ')}]`;
  const declared = Object.entries(types).map(([name, type]) => `${quoteText(name)}: '${DUCKDB_TYPES[type]}'`);
  const given = declared.length === 0 ? '' : `, types = {${declared.join(', ')}}`;
  return `read_csv(${quoteText(path)}, header = true, delim = ${quoteText(delimiter)}, quote = '"', escape = '"', nullstr = ${nulls}, sample_size = ${sample}, auto_detect = true, strict_mode = true${given})`;
}

/** Whether no column of a file can be empty in the sample, by what the file's own figures say of its first rows. */
async function hasFewGaps(database: Database, path: string): Promise<boolean> {
  const [found] = await database.rows(
    `SELECT count(stats_null_count) = count(*) AND max(stats_null_count) < min(least(${SAMPLE}, num_values)) AS few FROM parquet_metadata(${quoteText(path)}) WHERE row_group_id = 0`,
  );
  return found?.['few'] === true;
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
