/**
 * What a chain of steps has come to: the columns that are seen, and the order of the rows.
 *
 * 1. The order travels in hidden columns, whose names begin with a space; a file's own rows are numbered by its reader.
 * 2. A query sorts once, at its end, and only when a step before may have mixed the rows.
 * 3. Values are bound as parameters. Names are quoted and known to exist.
 * 4. What needs few columns is computed from a lean relation, the same rows without what joins brought, where there is one.
 */
import { didYouMean } from '../../model/suggest';
import type { Column } from '../../tasks/dataset';
import type { Scalar, SortKey } from '../../tasks/transform-step';
import { quoteName } from '../duckdb';
import { InvalidDataset } from '../invalid-dataset';

export interface OrderColumn {
  readonly name: string;
  readonly descending: boolean;
  readonly missing: 'first' | 'last';
}

export interface Relation {
  /** Name of its common table expression. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly order: readonly OrderColumn[];
  /** Whether the rows may have another order than `order` says. */
  readonly mixed: boolean;
  /** Columns that are known to miss no value. Only steps that say so keep it (`KNOWING` of compile-steps.ts). */
  readonly complete?: ReadonlySet<string> | undefined;
  /** Only steps that say so keep it, too. */
  readonly lean?: LeanRelation | undefined;
}

/** The very rows of a relation, each with the same number (the one column of `order`), and some of its columns. */
export interface LeanRelation {
  readonly name: string;
  /** They hold what they hold in the relation. */
  readonly columns: ReadonlySet<string>;
}

/** The lean relation, where it has these columns. */
export function leanWith({ lean }: Relation, names: readonly string[]): LeanRelation | undefined {
  return lean !== undefined && names.every((name) => lean.columns.has(name)) ? lean : undefined;
}

/** One SQL statement in the making, and the values bound to it. */
export class QueryBuilder {
  private readonly parts: string[] = [];
  readonly values: Record<string, Scalar> = {};
  private hidden = 0;

  /** Adds a common table expression. @param how `again`: computed wherever it is used, and kept nowhere @returns its name */
  add(select: string, how?: 'again'): string {
    const name = `"step ${this.parts.length}"`;
    this.parts.push(`${name} AS ${how === 'again' ? 'NOT MATERIALIZED ' : ''}(${select})`);
    return name;
  }

  /** Binds a value. @returns the parameter, as a number or a text of DuckDB */
  bind(value: Scalar): string {
    const name = `v${Object.keys(this.values).length}`;
    this.values[name] = value;
    if (typeof value === 'number')
      return `CAST($${name} AS ${Number.isSafeInteger(value) ? 'BIGINT' : 'DOUBLE'})`;
    return `CAST($${name} AS ${typeof value === 'boolean' ? 'BOOLEAN' : 'VARCHAR'})`;
  }

  hiddenName(): string {
    return ` ${this.hidden++}`;
  }

  /** @param select over what was added */
  statement(select: string): string {
    return `WITH ${this.parts.join(',\n')}\n${select}`;
  }
}

/** What a compiler of a step works with. */
export interface StepContext {
  readonly query: QueryBuilder;
  /** The step, in messages: "step 2 (join)". */
  readonly place: string;
  /** The relation of an input. @throws InvalidDataset for one that there is not */
  readonly input: (name: string) => Relation;
  /** Answers a query over what was added so far: some steps depend on what is in the data. May be asked several at once. */
  readonly ask: (select: string) => Promise<Readonly<Record<string, unknown>>[]>;
  /** Of an impute step: what fills gaps, by column, as texts, which are exact; no text where a column has no value at all. */
  readonly figures?: ReadonlyMap<string, unknown> | undefined;
}

/** @throws InvalidDataset that names the nearest column */
export function columnOf(relation: Relation, name: string, place: string): Column {
  const column = relation.columns.find((one) => one.name === name);
  if (column !== undefined) return column;
  const all = relation.columns.map((one) => one.name);
  throw new InvalidDataset(
    `${place}: there is no column '${name}'. ${didYouMean(name, all)}Columns: ${all.join(', ')}.`,
  );
}

export function isNumeric(column: Column): boolean {
  return column.type === 'integer' || column.type === 'number';
}

/** @throws InvalidDataset when the column is missing or holds no numbers */
export function numericColumn(relation: Relation, name: string, place: string): Column {
  const column = columnOf(relation, name, place);
  if (isNumeric(column)) return column;
  throw new InvalidDataset(
    `${place}: '${name}' is a column of ${column.type} values, not of numbers. Cast it before.`,
  );
}

/** Quoted, with commas. */
export function listOf(names: readonly string[]): string {
  return names.map(quoteName).join(', ');
}

/** The hidden columns, each with a comma before it. */
export function hiddenOf({ order }: Pick<Relation, 'order'>): string {
  return order.map(({ name }) => `, ${quoteName(name)}`).join('');
}

/** What stands behind ORDER BY. */
export function orderTerms(order: readonly OrderColumn[]): string {
  return order
    .map(
      ({ name, descending, missing }) =>
        `${quoteName(name)} ${descending ? 'DESC' : 'ASC'} NULLS ${missing.toUpperCase()}`,
    )
    .join(', ');
}

/** Keys as one writes them, then the order of the rows, which parts equal ones. @throws InvalidDataset */
export function sortedBy(relation: Relation, keys: readonly SortKey[], place: string): OrderColumn[] {
  return [...keysOf(relation, keys, place), ...relation.order];
}

export function keysOf(relation: Relation, keys: readonly SortKey[], place: string): OrderColumn[] {
  return keys.map((key) => {
    const { column, descending, missing } =
      typeof key === 'string' ? { column: key, descending: false, missing: 'last' as const } : key;
    return { name: columnOf(relation, column, place).name, descending, missing };
  });
}

export function reversed(order: readonly OrderColumn[]): OrderColumn[] {
  return order.map(({ name, descending, missing }) => ({
    name,
    descending: !descending,
    missing: missing === 'last' ? 'first' : 'last',
  }));
}

/** @throws InvalidDataset when a name would be there twice */
export function checkUnique(names: readonly string[], place: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new InvalidDataset(`${place}: there would be two columns '${twice}'. Choose another name.`);
}
