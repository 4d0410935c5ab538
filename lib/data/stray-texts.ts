/**
 * Finds the cell that is no number in a column of numbers. Types are inferred from the whole file, so one `12o0` among
 * a thousand amounts would make the column text, and the model would learn a category per amount.
 */
import type { ColumnType } from '../tasks/dataset';
import { quoteName, quoteText, type Database } from './duckdb';
import { InvalidDataset } from './invalid-dataset';

interface Seen {
  numbers: number;
  texts: number;
  first: { readonly line: number; readonly cell: string } | undefined;
}

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
const INTEGER = /^\s*[+-]?\d+\s*$/;
/** A column that nobody declared counts as one of numbers when it has this many and at most this share of texts. */
export const ENOUGH_NUMBERS = 20;
const STRAY_SHARE = 0.01;
const PREVIEW = 40;

export class StrayTexts {
  private readonly columns = new Map<string, Seen>();

  constructor(
    private readonly nullValues: readonly string[],
    /** Types that were declared. */
    private readonly types: Readonly<Record<string, ColumnType>>,
  ) {}

  see(header: readonly string[], cells: readonly string[], line: number): void {
    header.forEach((name, i) => {
      const cell = cells[i] ?? '';
      if (this.nullValues.includes(cell)) return;
      let seen = this.columns.get(name);
      if (seen === undefined) this.columns.set(name, (seen = { numbers: 0, texts: 0, first: undefined }));
      // 1e400 is written like a number, but a double has no such one.
      const written = this.types[name] === 'integer' ? INTEGER : NUMBER;
      if (written.test(cell) && Number.isFinite(Number(cell))) seen.numbers++;
      else {
        seen.texts++;
        seen.first ??= { line, cell };
      }
    });
  }

  /** @throws InvalidDataset that names line and column of the first stray cell */
  check(source: string): void {
    for (const [name, { numbers, texts, first }] of this.columns) {
      if (first === undefined) continue;
      const declared = this.types[name];
      const cell = first.cell.length > PREVIEW ? `${first.cell.slice(0, PREVIEW)}…` : first.cell;
      const place = `${source}, line ${first.line}, column '${name}'`;
      if (declared === 'integer' || declared === 'number')
        throw new InvalidDataset(
          `${place}: '${cell}' is no ${declared}, as which the column is declared (${counted(texts)} in all). Mend the file, or add what means "missing" to nullValues.`,
        );
      const stray = numbers >= ENOUGH_NUMBERS && texts <= Math.max(1, (numbers + texts) * STRAY_SHARE);
      if (declared === undefined && stray)
        throw new InvalidDataset(
          `${place}: '${cell}' is no number, but ${numbers} other cells of the column are (${counted(texts)} like it). Mend the file, add what means "missing" to nullValues, or declare the column: types: { '${name}': 'string' }.`,
        );
    }
  }
}

function counted(cells: number): string {
  return `${cells} ${cells === 1 ? 'cell' : 'cells'}`;
}

/**
 * Whether a file that DuckDB has read may hold stray texts: a column of texts with so many numbers that its texts may be
 * strays, or a column of numbers with `inf` or `nan`. Takes for a number what DuckDB does, which is more than `StrayTexts`
 * does: that one decides.
 */
export async function mayHoldStrays(
  database: Database,
  file: string,
  columns: readonly { readonly name: string; readonly type: ColumnType }[],
): Promise<boolean> {
  const looked = columns.filter(({ type }) => type === 'string' || type === 'number');
  if (looked.length === 0) return false;
  const counts = looked.map(({ name, type }, i) => {
    const c = quoteName(name);
    return type === 'number'
      ? `count(*) FILTER (WHERE NOT isfinite(CAST(${c} AS DOUBLE))) AS n${i}`
      : `count(TRY_CAST(${c} AS DOUBLE)) AS n${i}, count(${c}) AS c${i}`;
  });
  const [answer = {}] = await database.rows(
    `SELECT ${counts.join(', ')} FROM read_parquet(${quoteText(file)})`,
  );
  return looked.some(({ type }, i) => {
    const numbers = Number(answer[`n${i}`]);
    if (type === 'number') return numbers > 0;
    const all = Number(answer[`c${i}`]);
    return numbers >= ENOUGH_NUMBERS && all - numbers <= Math.max(1, all * STRAY_SHARE);
  });
}
