/** Plain tables that fit the width they are given: the widest columns that may shrink give way, numbers align right. */
import type { Colors } from 'picocolors/types';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** @default left */
  readonly align?: 'left' | 'right';
  /** Columns that must stay whole, such as ids one copies. @default false */
  readonly fixed?: boolean;
  /** Applied after the text was cut to its width. */
  readonly paint?: (text: string, row: Row) => string;
}

const GAP = 2;
const MINIMUM = 6;

export function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  color: Colors,
): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row).replace(/\s+/g, ' ')));
  const widths = fit(
    columns.map((column, i) => Math.max(column.title.length, ...cells.map((row) => row[i]?.length ?? 0))),
    columns.map((column) => column.fixed === true),
    width,
  );
  const lines = [
    columns
      .map((column, i) => color.dim(pad(column.title, widths[i] ?? 0, column.align)))
      .join(' '.repeat(GAP)),
    ...cells.map((row, r) =>
      columns
        .map((column, i) => {
          const text = pad(row[i] ?? '', widths[i] ?? 0, column.align);
          const source = rows[r];
          return column.paint && source !== undefined ? column.paint(text, source) : text;
        })
        .join(' '.repeat(GAP)),
    ),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Shrinks the widest column that may, one character at a time, until the row fits. */
function fit(natural: readonly number[], fixed: readonly boolean[], width: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, w) => sum + w, 0) + GAP * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    widths.forEach((w, i) => {
      if (!fixed[i] && w > MINIMUM && (widest < 0 || w > (widths[widest] ?? 0))) widest = i;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
  return align === 'right' ? cut.padStart(width) : cut.padEnd(width);
}
