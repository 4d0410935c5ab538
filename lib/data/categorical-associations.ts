/** How columns of texts go together: Cramér's V (H. Cramér, "Mathematical Methods of Statistics", 1946, ch. 21). */
import { quoteName, type Database } from './duckdb';
import type { Correlations } from './profile-matrices';

/** With more there would be more pairs than anybody reads. */
const MAX_COLUMNS = 20;
/** With more values each of them has few rows, and V is great by chance. */
const MAX_VALUES = 50;

/** Columns that are compared. @param columns in their order, with the number of their different values */
export function comparedTexts(
  columns: readonly { readonly name: string; readonly distinct: number; readonly numeric: unknown }[],
): string[] {
  return columns
    .filter(({ numeric, distinct }) => numeric === null && distinct > 1 && distinct <= MAX_VALUES)
    .map(({ name }) => name)
    .slice(0, MAX_COLUMNS);
}

/**
 * √(χ² / (n · (min(r, c) − 1))) of each pair, over the rows that have both, without a correction for bias: 0 for columns that
 * say nothing of each other (and where one of them does not vary), 1 where one says all of the other.
 */
export async function associationsOf(database: Database, names: readonly string[]): Promise<Correlations> {
  const values = new Map<string, number>();
  for (const [i, a] of names.entries())
    for (const b of names.slice(i + 1)) values.set(JSON.stringify([a, b]), await cramersV(database, a, b));
  const of = (a: string, b: string) =>
    a === b ? 1 : (values.get(JSON.stringify([a, b])) ?? values.get(JSON.stringify([b, a])) ?? 0);
  return { names, matrix: names.map((a) => names.map((b) => of(a, b))) };
}

async function cramersV(database: Database, a: string, b: string): Promise<number> {
  const [x, y] = [quoteName(a), quoteName(b)];
  // χ² = n · (Σ n_ij² / (n_i n_j) − 1).
  const [found = {}] = await database.rows(
    `SELECT sum(CAST(n AS DOUBLE) * n / (a * b)) AS s, count(DISTINCT x) AS r, count(DISTINCT y) AS c FROM (
      SELECT *, CAST(sum(n) OVER (PARTITION BY x) AS DOUBLE) AS a, CAST(sum(n) OVER (PARTITION BY y) AS DOUBLE) AS b FROM (
        SELECT ${x} AS x, ${y} AS y, count(*) AS n FROM t WHERE ${x} IS NOT NULL AND ${y} IS NOT NULL GROUP BY ALL ORDER BY ALL))`,
  );
  const lesser = Math.min(Number(found['r']), Number(found['c']));
  return lesser < 2 ? 0 : Math.sqrt(Math.min(1, Math.max(0, (Number(found['s']) - 1) / (lesser - 1))));
}
