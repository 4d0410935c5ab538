/** Two datasets side by side: schema, rows, and each column they share, with histograms on the same bins. */
import type { Column } from '../tasks/dataset';
import { Database, quoteName, quoteText } from './duckdb';
import { binCounts, binsOf, binStarts, rangeIn } from './histogram';
import { profileParquet, type ColumnProfile } from './profile';

export interface ComparedSide {
  readonly path: string;
  readonly columns: readonly Column[];
}

export interface ComparedColumn {
  readonly name: string;
  readonly before: ColumnProfile;
  readonly after: ColumnProfile;
  /** Shares of the present values; of texts the most frequent ones of both, of numbers and dates bins of the same width. */
  readonly distribution: {
    readonly labels: readonly string[];
    readonly before: readonly number[];
    readonly after: readonly number[];
  };
}

export interface DatasetComparison {
  readonly rows: { readonly before: number; readonly after: number };
  readonly duplicateRows: { readonly before: number; readonly after: number };
  readonly added: readonly Column[];
  readonly removed: readonly Column[];
  readonly retyped: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  readonly columns: readonly ComparedColumn[];
}

/** Texts that are drawn. */
const SHOWN = 20;

export async function compareParquet(
  before: ComparedSide,
  after: ComparedSide,
  options: { readonly memoryMb: number; readonly scratch: string },
): Promise<DatasetComparison> {
  const [a, b] = [
    await profileParquet(before.path, before.columns, options),
    await profileParquet(after.path, after.columns, options),
  ];
  const find = (columns: readonly Column[], name: string) => columns.find((column) => column.name === name);
  const shared = a.columns.flatMap((one) => {
    const other = b.columns.find(({ name }) => name === one.name);
    return other === undefined ? [] : [[one, other] as const];
  });
  const columns = await Database.use(options, async (database) => {
    await database.run(`CREATE VIEW a AS SELECT * FROM read_parquet(${quoteText(before.path)})`);
    await database.run(`CREATE VIEW b AS SELECT * FROM read_parquet(${quoteText(after.path)})`);
    const compared: ComparedColumn[] = [];
    for (const [one, other] of shared)
      compared.push({
        name: one.name,
        before: one,
        after: other,
        distribution: await distributionOf(database, one, other),
      });
    return compared;
  });
  return {
    rows: { before: a.rows, after: b.rows },
    duplicateRows: { before: a.duplicateRows, after: b.duplicateRows },
    added: after.columns.filter(({ name }) => find(before.columns, name) === undefined),
    removed: before.columns.filter(({ name }) => find(after.columns, name) === undefined),
    retyped: before.columns.flatMap(({ name, type }) => {
      const now = find(after.columns, name)?.type;
      return now === undefined || now === type ? [] : [{ name, before: type, after: now }];
    }),
    columns,
  };
}

async function distributionOf(
  database: Database,
  one: ColumnProfile,
  other: ColumnProfile,
): Promise<ComparedColumn['distribution']> {
  const c = quoteName(one.name);
  const ranges =
    binned(one) && binned(other)
      ? await Promise.all(['a', 'b'].map((view) => rangeIn(database, view, one)))
      : [];
  const [left, right] = ranges;
  if (left === undefined || right === undefined) {
    const labels = [...new Set([...one.top, ...other.top].map(({ value }) => value))].slice(0, SHOWN);
    const shares = async (view: string) => {
      const counts = labels.map(
        (label, i) =>
          `count(*) FILTER (WHERE CAST(${c} AS VARCHAR) = ${quoteText(label)}) / nullif(count(${c}), 0) AS p${i}`,
      );
      const [found = {}] =
        labels.length === 0 ? [{}] : await database.rows(`SELECT ${counts.join(', ')} FROM ${view}`);
      return labels.map((_, i) => Number(found[`p${i}`] ?? 0));
    };
    return { labels, before: await shares('a'), after: await shares('b') };
  }
  const bins = binsOf(one.type, Math.min(left[0], right[0]), Math.max(left[1], right[1]));
  const shares = async (view: string) => {
    const counts = await binCounts(database, view, one, bins);
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / all);
  };
  return { labels: binStarts(one.type, bins), before: await shares('a'), after: await shares('b') };
}

const binned = ({ numeric, dates }: ColumnProfile): boolean => numeric !== null || dates !== null;
