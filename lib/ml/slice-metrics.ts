/** A metric for parts of the rows: where a model does worse than on the whole. */
import type { RawColumn } from './raw-column';
import { quantileOfSorted } from './quantile';

export interface SliceOptions {
  /** Parts of a column of numbers, of about the same number of rows. @default 4 */
  readonly nBins?: number;
  /** Smaller parts are left out. @default 30 */
  readonly minRows?: number;
  /** Of a text column, the most frequent values. @default 20 */
  readonly maxValues?: number;
}

export interface Slice {
  readonly column: string;
  /** The text itself, `(low, high]` for numbers, or 'missing'. */
  readonly value: string;
  readonly rows: number;
  readonly metric: number;
  /** Of all rows. */
  readonly overall: number;
}

/**
 * Slices of each column in turn; those of a column in the order of their values.
 * @param metric of row numbers, ascending; NaN where it has no meaning
 */
export function sliceMetrics(
  columns: readonly RawColumn[],
  metric: (rows: readonly number[]) => number,
  options: SliceOptions = {},
): Slice[] {
  const { minRows = 30 } = options;
  if (columns.length === 0) return [];
  const rows = columns[0]?.values.length ?? 0;
  const overall = metric(Array.from({ length: rows }, (_, row) => row));
  return columns.flatMap((column) =>
    [...groupsOf(column, options)]
      .filter(([, members]) => members.length >= minRows)
      .map(([value, members]) => ({
        column: column.name,
        value,
        rows: members.length,
        metric: metric(members),
        overall,
      })),
  );
}

function groupsOf(column: RawColumn, options: SliceOptions): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  const add = (value: string, row: number) => {
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [row]);
    else group.push(row);
  };
  if (column.kind === 'text') {
    column.values.forEach((value, row) => add(value ?? 'missing', row));
    const kept = [...groups].sort((a, b) => b[1].length - a[1].length).slice(0, options.maxValues ?? 20);
    return new Map(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const { nBins = 4 } = options;
  const present = Float64Array.from(column.values.filter((value) => value !== null)).sort();
  const edges = [
    ...new Set(Array.from({ length: nBins + 1 }, (_, i) => quantileOfSorted(present, i / nBins))),
  ];
  const names = edges
    .slice(1)
    .map((high, i) => `${i === 0 ? '[' : '('}${shown(edges[i] ?? 0)}, ${shown(high)}]`);
  if (names.length === 0 && present.length > 0) names.push(shown(edges[0] ?? 0));
  for (const name of names) groups.set(name, []);
  const inner = edges.slice(1, -1);
  column.values.forEach((value, row) =>
    add(value === null ? 'missing' : (names[inner.filter((edge) => edge < value).length] ?? 'missing'), row),
  );
  return groups;
}

const shown = (value: number): string => String(Number(value.toPrecision(6)));
