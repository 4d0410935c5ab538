/** Describes a dataset: overview, each column, correlations, alerts. */
import type { Column } from '../tasks/dataset';
import {
  correlationsOf,
  missingBlocks,
  ranksOf,
  type Correlations,
  type MissingBlocks,
} from './profile-matrices';
import { associationsOf, comparedTexts } from './categorical-associations';
import { Database, quoteName, quoteText } from './duckdb';
import { binCounts, binsOf, binStarts, isDate, isMeasurable, rangeIn } from './histogram';

export interface NumericProfile {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  readonly quantiles: {
    readonly p5: number;
    readonly p25: number;
    readonly p50: number;
    readonly p75: number;
    readonly p95: number;
  };
  readonly zeros: number;
  readonly negatives: number;
  readonly skewness: number;
  readonly kurtosis: number;
  /** Counts of equal bins from min to max; of whole numbers the bins begin at whole numbers. */
  readonly histogram: readonly number[];
  readonly binWidth: number;
}

export interface ColumnProfile {
  readonly name: string;
  readonly type: Column['type'];
  readonly missing: number;
  readonly distinct: number;
  readonly top: readonly { readonly value: string; readonly count: number }[];
  readonly numeric: NumericProfile | null;
  /** Of dates and times: how many values lie in equal spans of days, and when these begin. */
  readonly dates: { readonly starts: readonly string[]; readonly histogram: readonly number[] } | null;
}

export interface DatasetProfile {
  readonly rows: number;
  readonly duplicateRows: number;
  readonly missingCells: number;
  readonly columns: readonly ColumnProfile[];
  /** Share of missing values in each of so many blocks of rows, in their order, of the columns that have any. */
  readonly missing: MissingBlocks;
  /** Spearman: Pearson of the ranks, equal values sharing their mean rank. */
  readonly rankCorrelations: Correlations;
  /** Pearson, of numeric columns. */
  readonly correlations: Correlations;
  /** Cramér's V, of columns of texts with few values. */
  readonly associations: Correlations;
  readonly alerts: readonly string[];
}

export async function profileParquet(
  file: string,
  columns: readonly Column[],
  options: { readonly memoryMb: number; readonly scratch: string },
): Promise<DatasetProfile> {
  return Database.use(options, async (database) => {
    const infinite = await finiteView(database, file, columns);
    const [counts = {}] = await database.rows(
      'SELECT (SELECT count(*) FROM t) AS n, (SELECT count(*) FROM (SELECT DISTINCT * FROM t)) AS d',
    );
    const rows = Number(counts['n']);
    const profiles: ColumnProfile[] = [];
    for (const column of columns) profiles.push(await profileColumn(database, column, rows));
    const numeric = profiles.filter((profile) => profile.numeric !== null).map((profile) => profile.name);
    const profile = {
      rows,
      duplicateRows: rows - Number(counts['d']),
      missingCells: profiles.reduce((sum, one) => sum + one.missing, 0),
      columns: profiles,
      missing: await missingBlocks(
        database,
        profiles.filter(({ missing }) => missing > 0).map(({ name }) => name),
        rows,
      ),
      correlations: await correlationsOf(database, numeric, 't'),
      rankCorrelations: await correlationsOf(database, numeric, ranksOf(numeric)),
      associations: await associationsOf(database, comparedTexts(profiles)),
    };
    return { ...profile, alerts: [...infinite, ...alertsOf(profile)] };
  });
}

/** Makes the view `t`, in which infinite and huge numbers and NaN are missing. @returns an alert for each column that has some */
async function finiteView(database: Database, file: string, columns: readonly Column[]): Promise<string[]> {
  const source = `read_parquet(${quoteText(file)})`;
  const numbers = columns.filter(({ type }) => type === 'number').map(({ name }) => name);
  if (numbers.length === 0) {
    await database.run(`CREATE VIEW t AS SELECT * FROM ${source}`);
    return [];
  }
  const finite = (name: string) => isMeasurable(quoteName(name));
  const replaced = numbers.map(
    (name) => `CASE WHEN ${finite(name)} THEN ${quoteName(name)} END AS ${quoteName(name)}`,
  );
  await database.run(`CREATE VIEW t AS SELECT * REPLACE (${replaced.join(', ')}) FROM ${source}`);
  const counts = numbers.map((name, i) => `count(*) FILTER (WHERE NOT ${finite(name)}) AS c${i}`);
  const [found = {}] = await database.rows(`SELECT ${counts.join(', ')} FROM ${source}`);
  return numbers.flatMap((name, i) =>
    Number(found[`c${i}`]) > 0
      ? [
          `${name} has ${String(found[`c${i}`])} values that are infinite, beyond ±1e75 or no number, which count as missing`,
        ]
      : [],
  );
}

async function profileColumn(database: Database, column: Column, rows: number): Promise<ColumnProfile> {
  const c = quoteName(column.name);
  const [base = {}] = await database.rows(
    `SELECT count(${c}) AS present, count(DISTINCT ${c}) AS distinct_count FROM t`,
  );
  const top = await database.rows(
    `SELECT CAST(${c} AS VARCHAR) AS v, count(*) AS k FROM t WHERE ${c} IS NOT NULL GROUP BY 1 ORDER BY k DESC, v LIMIT 10`,
  );
  return {
    name: column.name,
    type: column.type,
    missing: rows - Number(base['present']),
    distinct: Number(base['distinct_count']),
    top: top.map((row) => ({ value: String(row['v']), count: Number(row['k']) })),
    numeric:
      column.type === 'integer' || column.type === 'number' ? await profileNumbers(database, column) : null,
    dates: isDate(column.type) ? await profileDates(database, column) : null,
  };
}

async function profileDates(database: Database, column: Column): Promise<ColumnProfile['dates']> {
  const range = await rangeIn(database, 't', column);
  if (range === undefined) return null;
  const bins = binsOf(column.type, ...range);
  return {
    starts: binStarts(column.type, bins),
    histogram: await binCounts(database, 't', column, bins),
  };
}

async function profileNumbers(database: Database, column: Column): Promise<NumericProfile | null> {
  const c = quoteName(column.name);
  const [row = {}] = await database.rows(
    `SELECT CAST(min(${c}) AS DOUBLE) AS min, CAST(max(${c}) AS DOUBLE) AS max, avg(${c}) AS mean, stddev_samp(${c}) AS std,
      quantile_cont(CAST(${c} AS DOUBLE), [0.05, 0.25, 0.5, 0.75, 0.95]) AS q,
      count(*) FILTER (WHERE ${c} = 0) AS zeros, count(*) FILTER (WHERE ${c} < 0) AS negatives,
      skewness(${c}) AS skewness, kurtosis(${c}) AS kurtosis FROM t`,
  );
  if (row['min'] === null || row['min'] === undefined) return null;
  const min = Number(row['min']);
  const max = Number(row['max']);
  const bins = binsOf(column.type, min, max);
  const raw = row['q'];
  const q = (Array.isArray(raw) ? raw : ((raw as { items?: unknown[] } | null)?.items ?? [])).map(Number);
  return {
    min,
    max,
    mean: Number(row['mean']),
    std: Number(row['std'] ?? 0),
    quantiles: { p5: q[0] ?? min, p25: q[1] ?? min, p50: q[2] ?? min, p75: q[3] ?? max, p95: q[4] ?? max },
    zeros: Number(row['zeros']),
    negatives: Number(row['negatives']),
    skewness: shapeOf(row['skewness']),
    kurtosis: shapeOf(row['kurtosis']),
    histogram: await binCounts(database, 't', column, bins),
    binWidth: bins.width,
  };
}

/** Equal values have no shape: 0. */
function shapeOf(value: unknown): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}

/** The remarks of ydata-profiling, with its thresholds. */
function alertsOf(profile: Omit<DatasetProfile, 'alerts'>): string[] {
  const { rows, columns, correlations, associations } = profile;
  const alerts: string[] = [];
  if (rows === 0) alerts.push('there are no rows');
  if (profile.duplicateRows > 0) alerts.push(`${profile.duplicateRows} rows are duplicates`);
  for (const column of columns) {
    const share = (n: number) => `${((100 * n) / rows).toFixed(1)} %`;
    if (rows > 0 && column.missing === rows) {
      alerts.push(`${column.name} is empty`);
      continue;
    }
    if (column.distinct === 1) alerts.push(`${column.name} is constant`);
    if (column.missing / rows > 0.05) alerts.push(`${column.name} misses ${share(column.missing)}`);
    if (column.distinct === rows && rows > 1) alerts.push(`${column.name} is unique in every row`);
    if (column.numeric === null && column.dates === null && column.distinct > 50)
      alerts.push(`${column.name} has ${column.distinct} categories`);
    if (column.numeric !== null && column.numeric.zeros / rows > 0.1)
      alerts.push(`${column.name} is zero in ${share(column.numeric.zeros)}`);
    if (column.numeric !== null && Math.abs(column.numeric.skewness) > 20)
      alerts.push(`${column.name} is skewed (${column.numeric.skewness.toFixed(1)})`);
    const most = column.top[0]?.count ?? 0;
    if (column.numeric === null && column.distinct > 1 && most / rows > 0.9)
      alerts.push(`${column.name} is imbalanced: ${column.top[0]?.value ?? ''} in ${share(most)}`);
  }
  for (const { names, matrix } of [correlations, associations])
    names.forEach((a, i) =>
      names.slice(i + 1).forEach((b, j) => {
        const r = matrix[i]?.[i + 1 + j] ?? 0;
        if (Math.abs(r) > 0.5) alerts.push(`${a} and ${b} correlate (${r.toFixed(2)})`);
      }),
    );
  return alerts;
}
