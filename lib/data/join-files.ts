/** Parquet files of the same columns as one, whole or those rows whose mark is new. */
import type { Column, ColumnType } from '../tasks/dataset';
import { DUCKDB_TYPES } from './column-type';
import { Database, quoteName, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { writeSelect, type WrittenSelect } from './write-select';

export interface PartFile {
  readonly path: string;
  /** What messages call it. */
  readonly source: string;
  readonly columns: readonly Column[];
}

interface Options {
  readonly scratch: string;
  readonly memoryMb: number;
}

/** Rows with a mark greater than `low` and at most `high`. */
export interface MarkRange {
  readonly column: string;
  readonly low: string | null;
  readonly high: string | null;
}

/** The greatest mark above `low`, as DuckDB writes it; `null` for none. @throws InvalidDataset for a missing mark */
export async function newestMark(
  files: readonly PartFile[],
  column: string,
  low: string | null,
  options: Options,
): Promise<string | null> {
  const type = markType(files, column);
  const mark = quoteName(column);
  return Database.use(options, async (database) => {
    const [found] = await database.rows(
      `SELECT CAST(max(${mark}) AS VARCHAR) AS newest, count(*) FILTER (${mark} IS NULL) AS missing FROM (${unionOf(files)})${low === null ? '' : ` WHERE ${mark} IS NULL OR ${mark} > CAST(${quoteText(low)} AS ${type})`}`,
    );
    if (Number(found?.['missing']) > 0)
      throw new InvalidDataset(
        `The column '${column}' is missing in ${Number(found?.['missing'])} rows; what is new is told by it, so every row needs it.`,
      );
    return (found?.['newest'] as string | null | undefined) ?? null;
  });
}

/** In the order of the files. @throws InvalidDataset for files of different columns */
export async function joinFiles(
  files: readonly PartFile[],
  target: string,
  options: Options,
  range?: MarkRange,
): Promise<WrittenSelect> {
  const where = range === undefined ? '' : ` WHERE ${conditionOf(files, range)}`;
  return Database.use(options, (database) =>
    writeSelect(database, `SELECT * FROM (${unionOf(files)})${where}`, {}, target),
  );
}

function conditionOf(files: readonly PartFile[], { column, low, high }: MarkRange): string {
  const type = markType(files, column);
  const bound = (mark: string) => `CAST(${quoteText(mark)} AS ${type})`;
  const above = low === null ? 'TRUE' : `${quoteName(column)} > ${bound(low)}`;
  // Without a greatest mark there was nothing at all.
  return high === null ? 'FALSE' : `${above} AND ${quoteName(column)} <= ${bound(high)}`;
}

function markType(files: readonly PartFile[], column: string): string {
  const type = columnsOf(files).find(({ name }) => name === column)?.type;
  if (type !== undefined && type !== 'boolean') return DUCKDB_TYPES[type];
  throw new InvalidDataset(
    `What is new is to be told by '${column}', ${type === undefined ? 'which the files do not have' : 'which is yes or no only'}; columns: ${columnsOf(
      files,
    )
      .map(({ name }) => name)
      .join(', ')}.`,
  );
}

function unionOf(files: readonly PartFile[]): string {
  const casts = columnsOf(files)
    .map(({ name, type }) => `CAST(${quoteName(name)} AS ${DUCKDB_TYPES[type]}) AS ${quoteName(name)}`)
    .join(', ');
  return files.map(({ path }) => `SELECT ${casts} FROM read_parquet(${quoteText(path)})`).join(' UNION ALL ');
}

/** Columns in the order of the first file, of types that hold those of all. @throws InvalidDataset */
function columnsOf(files: readonly PartFile[]): Column[] {
  const [first] = files;
  return (first?.columns ?? []).map(({ name }) => ({
    name,
    type: files
      .map((file): ColumnType => {
        const own = file.columns.find((column) => column.name === name);
        if (own !== undefined && file.columns.length === first?.columns.length) return own.type;
        throw new InvalidDataset(
          `${file.source} has the columns ${file.columns.map((one) => one.name).join(', ')}, but ${first?.source} ${first?.columns.map((one) => one.name).join(', ')}. Files of one dataset have the same columns.`,
        );
      })
      .reduce((left, right) => wider(left, right, name)),
  }));
}

function wider(left: ColumnType, right: ColumnType, name: string): ColumnType {
  if (left === right) return left;
  const both = new Set([left, right]);
  if (both.has('integer') && both.has('number')) return 'number';
  if (both.has('date') && both.has('timestamp')) return 'timestamp';
  throw new InvalidDataset(
    `The column '${name}' is of type ${left} in one file and ${right} in another. Declare it: types: { ${JSON.stringify(name)}: 'string' }.`,
  );
}
