/** Expectations over a dataset: one aggregate query for the whole suite, then one for each failure, for samples. */
import type { Column } from '../tasks/dataset';
import type { Expectation, ExpectationSuite } from '../tasks/expectation';
import { Database, quoteName, quoteText, type Row } from './duckdb';
import { compileCondition } from './transform/expressions';
import { QueryBuilder } from './transform/relation';
import { namingFaults } from './write-select';
import { ROW, SOURCE, type Measure } from './validation/measure';
import { measureOf } from './validation/measure-of';

export interface ExpectationResult {
  readonly expectation: Expectation;
  readonly success: boolean;
  readonly observed: unknown;
  /** For expectations about values or rows: those that were looked at, and those that fail. */
  readonly elementCount: number | null;
  readonly unexpectedCount: number | null;
  readonly unexpectedShare: number | null;
  /** Different values that fail, the least first; at most 20. */
  readonly samples: readonly unknown[];
  /** The most frequent of them. */
  readonly counts: readonly { readonly value: unknown; readonly count: number }[];
  /** Some rows that fail, with their numbers from 1. */
  readonly rows: readonly { readonly row: number; readonly cells: Row }[];
  /** Numbers of all rows that fail, when they are asked for. */
  readonly rowNumbers: readonly number[];
  readonly message: string;
}

export interface ValidationOptions {
  readonly memoryMb: number;
  readonly scratch: string;
  /** ISO instant that ages are counted to. @default now */
  readonly at?: string;
}

const MAX_SAMPLES = 20;
const MAX_ROWS = 5;
const MAX_ROW_NUMBERS = 10_000;

/** @throws InvalidDataset for a row condition about columns that are not there */
export async function validateParquet(
  file: string,
  columns: readonly Column[],
  suite: ExpectationSuite,
  options: ValidationOptions,
): Promise<ExpectationResult[]> {
  const query = new QueryBuilder();
  const at = options.at ?? new Date().toISOString();
  const measures = suite.expectations.map((expectation, i) =>
    measureOf(expectation, {
      columns,
      at: at.replace('T', ' ').replace('Z', ''),
      own: (name) => ` ${i} ${name}`,
      rows: conditionOf(expectation, columns, query, i),
    }),
  );
  return Database.use(options, (database) =>
    namingFaults(`The suite '${suite.name}'`, async () => {
      const derived = measures.flatMap((measure) =>
        typeof measure === 'string' ? [] : Object.entries(measure.derived ?? {}),
      );
      await database.run(
        `CREATE VIEW ${SOURCE} AS SELECT *, file_row_number AS ${ROW} FROM read_parquet(${quoteText(file)}, file_row_number = true)`,
      );
      // A view takes no parameters: what rows have besides their own stands in the query.
      const source = (one: readonly (readonly [string, string])[]) =>
        one.length === 0
          ? SOURCE
          : `(SELECT *, ${one.map(([name, sql]) => `${sql} AS ${quoteName(name)}`).join(', ')} FROM ${SOURCE})`;
      const selects = measures.flatMap((measure, i) =>
        typeof measure === 'string'
          ? []
          : Object.entries(measure.select).map(([name, sql]) => `${sql} AS ${quoteName(`${i}_${name}`)}`),
      );
      const [answer = {}] = await database.rowsNamed(
        `SELECT count(*) AS n${selects.map((select) => `, ${select}`).join('')} FROM ${source(derived)}`,
        query.values,
      );
      const results: ExpectationResult[] = [];
      for (const [i, expectation] of suite.expectations.entries()) {
        const measure = measures[i];
        if (measure === undefined) continue;
        if (typeof measure === 'string') {
          results.push({ ...NOTHING, expectation, success: false, observed: null, message: measure });
          continue;
        }
        const judged = measure.judge((name) => answer[`${i}_${name}`]);
        const failed =
          judged.success || measure.unexpected === undefined || suite.resultFormat === 'BOOLEAN_ONLY'
            ? undefined
            : await samplesOf(
                database,
                source(Object.entries(measure.derived ?? {})),
                measure,
                columns,
                suite,
                query,
              );
        results.push(resultOf(expectation, measure, judged, (name) => answer[`${i}_${name}`], failed));
      }
      return results;
    }),
  );
}

function conditionOf(
  expectation: Expectation,
  columns: readonly Column[],
  query: QueryBuilder,
  i: number,
): string {
  if (!('rowCondition' in expectation) || expectation.rowCondition === undefined) return '';
  const relation = { name: SOURCE, columns, order: [], mixed: false };
  const place = `Expectation ${i + 1} (${expectation.type}), rowCondition`;
  return compileCondition(expectation.rowCondition, { relation, query, place });
}

type Samples = Pick<ExpectationResult, 'samples' | 'counts' | 'rows' | 'rowNumbers'>;
const NOTHING = {
  elementCount: null,
  unexpectedCount: null,
  unexpectedShare: null,
  samples: [],
  counts: [],
  rows: [],
  rowNumbers: [],
} as const;

async function samplesOf(
  database: Database,
  source: string,
  { unexpected = 'false', shown = 'NULL' }: Measure,
  columns: readonly Column[],
  { resultFormat }: ExpectationSuite,
  { values }: QueryBuilder,
): Promise<Samples> {
  const ask = async (list: string, rest: string) =>
    database.rowsNamed(`SELECT ${list} FROM ${source} WHERE ${unexpected} ${rest}`, values);
  const grouped = async (order: string) =>
    ask(`${shown} AS v, count(*) AS k`, `GROUP BY 1 ORDER BY ${order} LIMIT ${MAX_SAMPLES}`);
  const samples = (await grouped('v')).map((row) => row['v']);
  if (resultFormat === 'BASIC') return { samples, counts: [], rows: [], rowNumbers: [] };
  const frequent = await grouped('k DESC, v');
  const list = columns.map(({ name }) => quoteName(name)).join(', ');
  const rows = await ask(`${ROW} + 1 AS ${ROW}, ${list}`, `ORDER BY ${ROW} LIMIT ${MAX_ROWS}`);
  const numbers =
    resultFormat === 'COMPLETE' ? await ask(`${ROW} + 1 AS n`, `ORDER BY n LIMIT ${MAX_ROW_NUMBERS}`) : [];
  return {
    samples,
    counts: frequent.map((row) => ({ value: row['v'], count: Number(row['k']) })),
    rows: rows.map(({ [' row']: row, ...cells }) => ({ row: Number(row), cells })),
    rowNumbers: numbers.map((row) => Number(row['n'])),
  };
}

function resultOf(
  expectation: Expectation,
  measure: Measure,
  { success, observed }: { readonly success: boolean; readonly observed: unknown },
  value: (name: string) => unknown,
  failed: Samples | undefined,
): ExpectationResult {
  const counted = measure.unexpected !== undefined;
  const elements = counted ? Number(value('elements')) : null;
  const unexpected = counted ? Number(value('unexpected')) : null;
  const examples = failed?.samples.slice(0, 3).map(String) ?? [];
  return {
    ...NOTHING,
    ...failed,
    expectation,
    success,
    observed,
    elementCount: elements,
    unexpectedCount: unexpected,
    unexpectedShare:
      elements === null || unexpected === null || elements === 0 ? null : unexpected / elements,
    message: success
      ? ''
      : counted
        ? `${unexpected ?? 0} of ${elements ?? 0} values fail${examples.length === 0 ? '' : `, e.g. ${examples.join(', ')}`}`
        : `observed ${JSON.stringify(observed)}`,
  };
}
