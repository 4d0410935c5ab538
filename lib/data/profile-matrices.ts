/** What a profile says of several columns at once: where values are missing, what correlates. */
import { quoteName, type Database } from './duckdb';

export interface MissingBlocks {
  readonly columns: readonly string[];
  /** By block of rows, then by column. */
  readonly blocks: readonly (readonly number[])[];
}

export interface Correlations {
  readonly names: readonly string[];
  readonly matrix: readonly (readonly number[])[];
}

const BLOCKS = 40;

export async function missingBlocks(
  database: Database,
  columns: readonly string[],
  rows: number,
): Promise<MissingBlocks> {
  if (columns.length === 0) return { columns, blocks: [] };
  const shares = columns.map((name, i) => `1 - count(${quoteName(name)}) / count(*) AS c${i}`);
  const size = Math.max(1, Math.ceil(rows / BLOCKS));
  const blocks = await database.rows(
    `SELECT row // ${size} AS block, ${shares.join(', ')} FROM (SELECT *, row_number() OVER () - 1 AS row FROM t) GROUP BY block ORDER BY block`,
  );
  return { columns, blocks: blocks.map((block) => columns.map((_, i) => Number(block[`c${i}`]))) };
}

/** @param source a relation with the columns */
export async function correlationsOf(
  database: Database,
  names: readonly string[],
  source: string,
): Promise<Correlations> {
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
  const list = pairs.map(([a, b], i) => `corr(${quoteName(a)}, ${quoteName(b)}) AS c${i}`);
  const [found = {}] =
    pairs.length === 0 ? [{}] : await database.rows(`SELECT ${list.join(', ')} FROM ${source}`);
  const index = new Map(pairs.map(([a, b], i) => [JSON.stringify([a, b]), i]));
  const of = (a: string, b: string) => {
    if (a === b) return 1;
    const i = index.get(JSON.stringify([a, b])) ?? index.get(JSON.stringify([b, a]));
    const value = Number(found[`c${i}`] ?? 0);
    return Number.isFinite(value) ? value : 0;
  };
  return { names, matrix: names.map((a) => names.map((b) => of(a, b))) };
}

/** The columns as ranks. */
export function ranksOf(names: readonly string[]): string {
  const ranks = names.map((name) => {
    const c = quoteName(name);
    const tied = `count(*) OVER (PARTITION BY ${c})`;
    return `CASE WHEN ${c} IS NOT NULL THEN rank() OVER (ORDER BY ${c}) + (${tied} - 1) / 2 END AS ${c}`;
  });
  return names.length === 0 ? 't' : `(SELECT ${ranks.join(', ')} FROM t)`;
}
