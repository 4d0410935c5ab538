/** An expectation as SQL: aggregates that all go into one scan, and what their answers mean. */
import { didYouMean } from '../../model/suggest';
import type { Column, ColumnType } from '../../tasks/dataset';
import type { Expectation, ExpectationType } from '../../tasks/expectation';

export type ExpectationOf<Type extends ExpectationType> = Extract<Expectation, { readonly type: Type }>;

/** Name of the view that is scanned. */
export const SOURCE = '"validated"';
/** Number of a row in its file, from 0. */
export const ROW = '" row"';

export interface Verdict {
  readonly success: boolean;
  readonly observed: unknown;
}

export interface Measure {
  /** Aggregates by a suffix of their alias. */
  readonly select: Readonly<Record<string, string>>;
  /** Columns that a row needs besides its own, computed in the scan: an expression by a name of its own. */
  readonly derived?: Readonly<Record<string, string>>;
  readonly judge: (value: (name: string) => unknown) => Verdict;
  /** Condition of rows at fault. Measures that have it also select `elements` and `unexpected`. */
  readonly unexpected?: string;
  /** What is shown of a row at fault, an expression. */
  readonly shown?: string;
}

/** What a measure is made with. */
export interface Scope {
  readonly columns: readonly Column[];
  /** Condition of the rows that are looked at, in SQL; '' for all. */
  readonly rows: string;
  /** ISO instant that ages are counted to. */
  readonly at: string;
  /** A name for a derived column that no other expectation has. */
  readonly own: (name: string) => string;
}

/** The measure, or why it cannot be taken. */
export type Measurer<Type extends ExpectationType> = (
  expectation: ExpectationOf<Type>,
  scope: Scope,
) => Measure | string;

/** ` FILTER (WHERE …)` of the rows that are looked at and for which the conditions hold. */
export function filter({ rows }: Pick<Scope, 'rows'>, ...conditions: readonly string[]): string {
  const all = [rows, ...conditions].filter((one) => one !== '').map((one) => `(${one})`);
  return all.length === 0 ? '' : ` FILTER (WHERE ${all.join(' AND ')})`;
}

export function countOf(scope: Pick<Scope, 'rows'>, ...conditions: readonly string[]): string {
  return `count(*)${filter(scope, ...conditions)}`;
}

/** Rows of which a share must not be at fault. */
export function rowsMeasure(
  scope: Scope,
  {
    looked,
    failing,
    mostly,
    shown,
  }: { readonly looked: string; readonly failing: string; readonly mostly: number; readonly shown: string },
): Measure {
  return {
    select: { elements: countOf(scope, looked), unexpected: countOf(scope, looked, failing) },
    unexpected: [scope.rows, looked, failing]
      .filter((one) => one !== '')
      .map((one) => `(${one})`)
      .join(' AND '),
    shown,
    judge: (value) => shareJudged(value, mostly),
  };
}

/** The share that is not at fault; all of none. */
export function shareJudged(value: (name: string) => unknown, mostly: number): Verdict {
  const elements = Number(value('elements'));
  const share = elements === 0 ? 1 : 1 - Number(value('unexpected')) / elements;
  return { success: share >= mostly, observed: share };
}

export interface Bounds {
  readonly min: number | null;
  readonly max: number | null;
}

export function within(value: unknown, { min, max }: Bounds): boolean {
  const number = typeof value === 'number' ? value : Number.NaN;
  return !Number.isNaN(number) && (min === null || number >= min) && (max === null || number <= max);
}

export function typeIn(columns: readonly Column[], name: string): ColumnType | undefined {
  return columns.find((column) => column.name === name)?.type;
}

export function isNumber(type: ColumnType | undefined): boolean {
  return type === 'integer' || type === 'number';
}

/** Why one of the columns cannot be measured: it is not there. */
export function absent(columns: readonly Column[], names: readonly string[]): string | undefined {
  const all = columns.map((column) => column.name);
  const missing = names.find((name) => !all.includes(name));
  if (missing === undefined) return undefined;
  return `There is no column '${missing}'. ${didYouMean(missing, all)}Columns: ${all.join(', ')}.`;
}

export function noNumbers(name: string, type: ColumnType | undefined): string {
  return `'${name}' is a column of ${type ?? 'unknown'} values, not of numbers. Mend its cells, or declare its type where it is ingested.`;
}

/** Numbers of a result that is a list, whichever way the driver gives lists. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return (value as { readonly items?: readonly unknown[] } | null)?.items ?? [];
}

/** Rows in groups of more than one: their count from a histogram, which stays within the scan. */
export function repeatedRows(histogram: string): string {
  return `coalesce(list_sum(list_transform(list_filter(map_values(${histogram}), lambda k: k > 1), lambda k: k)), 0)`;
}
