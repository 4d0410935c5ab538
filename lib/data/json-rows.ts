/**
 * Records of an outside service on their way to Parquet: written as JSON lines of texts, then cast by DuckDB. Types that
 * are not declared follow from all values of a column: whole numbers, numbers, booleans, ISO dates, ISO timestamps, texts.
 */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Column, ColumnType } from '../tasks/dataset';
import { DUCKDB_TYPES } from './column-type';
import { Database, quoteName, quoteText } from './duckdb';
import { InvalidDataset } from './invalid-dataset';
import { jsonText } from './lossless-json';
import { namingFaults, writeSelect, type WrittenSelect } from './write-select';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)?$/;

/** Collects records in a file. Nested values become JSON texts. */
export class JsonRows {
  private readonly file: WriteStream;
  /** `undefined` until a value was seen, for columns without a declared type. */
  private readonly seen = new Map<string, ColumnType | undefined>();
  private count = 0;

  constructor(
    readonly path: string,
    private readonly declared: Readonly<Record<string, ColumnType>>,
  ) {
    this.file = createWriteStream(path);
    for (const [name, type] of Object.entries(declared)) this.seen.set(name, type);
  }

  get rows(): number {
    return this.count;
  }

  /** @throws InvalidDataset for what is no record */
  async add(record: unknown): Promise<void> {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw new InvalidDataset(`Record ${this.count + 1} is no object: ${jsonText(record).slice(0, 100)}`);
    const texts: Record<string, string> = {};
    for (const [name, value] of Object.entries(record)) {
      const type = typeOf(value);
      if (!Object.hasOwn(this.declared, name)) this.seen.set(name, wider(this.seen.get(name), type));
      if (type !== undefined) texts[name] = typeof value === 'object' ? jsonText(value) : String(value);
    }
    this.count++;
    if (!this.file.write(`${JSON.stringify(texts)}\n`)) await once(this.file, 'drain');
  }

  /** Ends the file. A column without any value is one of texts. */
  async finish(): Promise<Column[]> {
    this.file.end();
    await finished(this.file);
    return [...this.seen].map(([name, type]) => ({ name, type: type ?? 'string' }));
  }
}

function typeOf(value: unknown): ColumnType | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  // Beyond 64 bits, a number.
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? 'integer' : 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'string') return 'string';
  if (DATE.test(value)) return 'date';
  return TIMESTAMP.test(value) ? 'timestamp' : 'string';
}

function wider(before: ColumnType | undefined, type: ColumnType | undefined): ColumnType | undefined {
  if (before === undefined || type === undefined || before === type) return type ?? before;
  const both = new Set([before, type]);
  if (both.has('integer') && both.has('number')) return 'number';
  return both.has('date') && both.has('timestamp') ? 'timestamp' : 'string';
}

/** @throws InvalidDataset for values that are not of their column's type */
export async function importJsonRows(request: {
  readonly path: string;
  readonly columns: readonly Column[];
  readonly target: string;
  readonly scratch: string;
  readonly memoryMb: number;
}): Promise<WrittenSelect> {
  const { path, columns, target } = request;
  const texts = columns.map(({ name }) => `${quoteText(name)}: 'VARCHAR'`).join(', ');
  const casts = columns.map(({ name, type }) => {
    const c = quoteName(name);
    // JSON has no NaN, databases have: it is a missing number.
    const value = type === 'number' ? `CASE WHEN isfinite(CAST(${c} AS DOUBLE)) THEN ${c} END` : c;
    return `CAST(${value} AS ${DUCKDB_TYPES[type]}) AS ${c}`;
  });
  return Database.use(request, (database) =>
    namingFaults('The types of the columns do not fit: it', () =>
      writeSelect(
        database,
        `SELECT ${casts.join(', ')} FROM read_json(${quoteText(path)}, format = 'newline_delimited', columns = {${texts}}, maximum_object_size = 67108864)`,
        {},
        target,
      ),
    ),
  );
}
