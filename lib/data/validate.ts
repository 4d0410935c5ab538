/** Expectations over a dataset: one aggregate query for the whole suite, a second one for samples of failing rows. */
import type { Expectation, ExpectationSuite } from '../tasks/expectation';
import type { Column } from '../tasks/dataset';
import { Database, quoteName, quoteText, type Row } from './duckdb';

export interface ExpectationResult {
  readonly expectation: Expectation;
  readonly success: boolean;
  readonly observed: unknown;
  /** For expectations about values: non-null values, and those that fail. */
  readonly elementCount: number | null;
  readonly unexpectedCount: number | null;
  readonly unexpectedShare: number | null;
  readonly samples: readonly unknown[];
  readonly message: string;
}

/** A query part, and what its answer means. */
interface Measure {
  /** Aggregates by alias suffix. */
  readonly select: Readonly<Record<string, string>>;
  readonly judge: (value: (name: string) => unknown) => {
    readonly success: boolean;
    readonly observed: unknown;
  };
  /** Row condition that holds for values that fail; nulls are left out. */
  readonly unexpected?: string;
}

export async function validateParquet(
  file: string,
  columns: readonly Column[],
  suite: ExpectationSuite,
  options: { readonly memoryMb: number; readonly scratch: string },
): Promise<ExpectationResult[]> {
  const measures = suite.expectations.map((expectation) => measureOf(expectation, columns));
  return Database.use(options, async (database) => {
    const selects = measures.flatMap((measure, i) =>
      typeof measure === 'string'
        ? []
        : Object.entries(measure.select).map(([name, sql]) => `${sql} AS ${quoteName(`${i}_${name}`)}`),
    );
    const [answer = {}] = await database.rows(
      `SELECT count(*) AS n${selects.length === 0 ? '' : `, ${selects.join(', ')}`} FROM read_parquet(${quoteText(file)})`,
    );
    const results: ExpectationResult[] = [];
    for (const [i, expectation] of suite.expectations.entries()) {
      const measure = measures[i];
      if (measure === undefined) continue;
      results.push(
        typeof measure === 'string'
          ? failedOutright(expectation, measure)
          : await resultOf(database, file, expectation, measure, answer, i),
      );
    }
    return results;
  });
}

async function resultOf(
  database: Database,
  file: string,
  expectation: Expectation,
  measure: Measure,
  answer: Row,
  i: number,
): Promise<ExpectationResult> {
  const value = (name: string) => (name === 'n' ? answer['n'] : answer[`${i}_${name}`]);
  const { success, observed } = measure.judge(value);
  const counted = measure.unexpected !== undefined;
  const elements = counted ? Number(value('elements')) : null;
  const unexpected = counted ? Number(value('unexpected')) : null;
  const column = 'column' in expectation ? expectation.column : undefined;
  const samples =
    !success && measure.unexpected !== undefined && column !== undefined
      ? (
          await database.rows(
            `SELECT DISTINCT ${quoteName(column)} AS v FROM read_parquet(${quoteText(file)}) WHERE ${measure.unexpected} ORDER BY 1 LIMIT 20`,
          )
        ).map((row) => row['v'])
      : [];
  return {
    expectation,
    success,
    observed,
    elementCount: elements,
    unexpectedCount: unexpected,
    unexpectedShare:
      elements === null || unexpected === null || elements === 0 ? null : unexpected / elements,
    samples,
    message: success
      ? ''
      : counted
        ? `${unexpected ?? 0} of ${elements ?? 0} values fail, e.g. ${samples.slice(0, 3).map(String).join(', ')}`
        : `observed ${JSON.stringify(observed)}`,
  };
}

function failedOutright(expectation: Expectation, message: string): ExpectationResult {
  return {
    expectation,
    success: false,
    observed: null,
    elementCount: null,
    unexpectedCount: null,
    unexpectedShare: null,
    samples: [],
    message,
  };
}

function within(
  value: unknown,
  bounds: { readonly min: number | null; readonly max: number | null },
): boolean {
  const number = typeof value === 'number' ? value : Number.NaN;
  return (
    !Number.isNaN(number) &&
    (bounds.min === null || number >= bounds.min) &&
    (bounds.max === null || number <= bounds.max)
  );
}

/** The measure of an expectation, or why it cannot be taken. */
function measureOf(expectation: Expectation, columns: readonly Column[]): Measure | string {
  const names = columns.map((column) => column.name);
  if (expectation.type === 'expect_column_to_exist')
    return {
      select: {},
      judge: () => ({
        success: names.includes(expectation.column),
        observed: names.includes(expectation.column),
      }),
    };
  if ('column' in expectation && !names.includes(expectation.column))
    return `There is no column '${expectation.column}'; columns: ${names.join(', ')}.`;
  const c = 'column' in expectation ? quoteName(expectation.column) : '';
  const type =
    'column' in expectation ? columns.find((column) => column.name === expectation.column)?.type : undefined;
  const numeric = type === 'integer' || type === 'number';
  // In a column of text the cells that are no numbers fail, as a range or a sum has nothing to say about them.
  const number = numeric ? c : `TRY_CAST(CAST(${c} AS VARCHAR) AS DOUBLE)`;
  const values = (failing: string, mostly: number): Measure => ({
    select: {
      elements: `count(${c})`,
      unexpected: `count(*) FILTER (WHERE ${c} IS NOT NULL AND (${failing}))`,
    },
    unexpected: `${c} IS NOT NULL AND (${failing})`,
    judge: (value) => {
      const elements = Number(value('elements'));
      const share = elements === 0 ? 1 : 1 - Number(value('unexpected')) / elements;
      return { success: share >= mostly, observed: share };
    },
  });
  const aggregate = (
    sql: string,
    bounds: { readonly min: number | null; readonly max: number | null },
  ): Measure => ({
    select: { value: sql },
    judge: (value) => ({ success: within(value('value'), bounds), observed: value('value') }),
  });
  const numbersOnly = (measure: Measure): Measure | string =>
    numeric
      ? measure
      : `'${'column' in expectation ? expectation.column : ''}' is a column of ${type ?? 'unknown'} values, not of numbers. Mend its cells, or declare its type where it is ingested.`;
  // Values of another type than the column's are compared as texts.
  const among = (items: readonly (string | number | boolean)[]) =>
    items.every((item) => typeof item === (numeric ? 'number' : type))
      ? `${c} IN (${items.map((item) => (typeof item === 'string' ? quoteText(item) : String(item))).join(', ')})`
      : `CAST(${c} AS VARCHAR) IN (${items.map((item) => quoteText(String(item))).join(', ')})`;
  switch (expectation.type) {
    case 'expect_table_row_count_to_be_between':
      return {
        select: {},
        judge: (value) => ({ success: within(value('n'), expectation), observed: value('n') }),
      };
    case 'expect_table_row_count_to_equal':
      return {
        select: {},
        judge: (value) => ({ success: value('n') === expectation.value, observed: value('n') }),
      };
    case 'expect_table_column_count_to_equal':
      return {
        select: {},
        judge: () => ({ success: names.length === expectation.value, observed: names.length }),
      };
    case 'expect_table_columns_to_match_set': {
      const missing = expectation.columns.filter((name) => !names.includes(name));
      const extra = expectation.exact ? names.filter((name) => !expectation.columns.includes(name)) : [];
      return {
        select: {},
        judge: () => ({ success: missing.length + extra.length === 0, observed: { missing, extra } }),
      };
    }
    case 'expect_table_columns_to_match_ordered_list':
      return {
        select: {},
        judge: () => ({
          success: JSON.stringify(names) === JSON.stringify(expectation.columns),
          observed: names,
        }),
      };
    case 'expect_column_values_to_not_be_null':
    case 'expect_column_values_to_be_null': {
      const failing =
        expectation.type === 'expect_column_values_to_not_be_null' ? `${c} IS NULL` : `${c} IS NOT NULL`;
      return {
        select: { elements: 'count(*)', unexpected: `count(*) FILTER (WHERE ${failing})` },
        unexpected: failing,
        judge: (value) => {
          const elements = Number(value('elements'));
          const share = elements === 0 ? 1 : 1 - Number(value('unexpected')) / elements;
          return { success: share >= expectation.mostly, observed: share };
        },
      };
    }
    case 'expect_column_values_to_be_unique': {
      // Values that occur more than once all fail; a histogram of counts stays within the one scan.
      const repeated = `list_sum(list_transform(list_filter(map_values(histogram(${c})), lambda k: k > 1), lambda k: k))`;
      return {
        select: { elements: `count(${c})`, unexpected: `coalesce(${repeated}, 0)` },
        judge: (value) => {
          const elements = Number(value('elements'));
          const share = elements === 0 ? 1 : 1 - Number(value('unexpected')) / elements;
          return { success: share >= expectation.mostly, observed: share };
        },
      };
    }
    case 'expect_column_values_to_be_between':
      return values(
        [
          numeric ? '' : `${number} IS NULL`,
          expectation.min === null ? '' : `${number} < ${expectation.min}`,
          expectation.max === null ? '' : `${number} > ${expectation.max}`,
        ]
          .filter((part) => part !== '')
          .join(' OR ') || 'false',
        expectation.mostly,
      );
    case 'expect_column_values_to_be_in_set':
      return values(`NOT ${among(expectation.values)}`, expectation.mostly);
    case 'expect_column_values_to_not_be_in_set':
      return values(among(expectation.values), expectation.mostly);
    case 'expect_column_values_to_be_of_type': {
      return { select: {}, judge: () => ({ success: type === expectation.dataType, observed: type }) };
    }
    case 'expect_column_values_to_match_regex':
      return values(
        `NOT regexp_matches(CAST(${c} AS VARCHAR), ${quoteText(expectation.regex)})`,
        expectation.mostly,
      );
    case 'expect_column_values_to_not_match_regex':
      return values(
        `regexp_matches(CAST(${c} AS VARCHAR), ${quoteText(expectation.regex)})`,
        expectation.mostly,
      );
    case 'expect_column_value_lengths_to_be_between':
      return values(
        [
          expectation.min === null ? '' : `length(CAST(${c} AS VARCHAR)) < ${expectation.min}`,
          expectation.max === null ? '' : `length(CAST(${c} AS VARCHAR)) > ${expectation.max}`,
        ]
          .filter((part) => part !== '')
          .join(' OR ') || 'false',
        expectation.mostly,
      );
    case 'expect_column_unique_value_count_to_be_between':
      return aggregate(`count(DISTINCT ${c})`, expectation);
    case 'expect_column_proportion_of_unique_values_to_be_between':
      return aggregate(`count(DISTINCT ${c}) / nullif(count(${c}), 0)`, expectation);
    case 'expect_column_proportion_of_non_null_values_to_be_between':
      return aggregate(`count(${c}) / nullif(count(*), 0)`, expectation);
    case 'expect_column_min_to_be_between':
      return numbersOnly(aggregate(`CAST(min(${c}) AS DOUBLE)`, expectation));
    case 'expect_column_max_to_be_between':
      return numbersOnly(aggregate(`CAST(max(${c}) AS DOUBLE)`, expectation));
    case 'expect_column_mean_to_be_between':
      return numbersOnly(aggregate(`avg(${c})`, expectation));
    case 'expect_column_median_to_be_between':
      return numbersOnly(aggregate(`CAST(median(${c}) AS DOUBLE)`, expectation));
    case 'expect_column_stdev_to_be_between':
      return numbersOnly(aggregate(`stddev_samp(${c})`, expectation));
    case 'expect_column_sum_to_be_between':
      return numbersOnly(aggregate(`CAST(sum(${c}) AS DOUBLE)`, expectation));
  }
}
