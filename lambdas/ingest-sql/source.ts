/** A database as a source of rows, every value a text as the database writes it. */
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import type { Column } from '../../lib/tasks/dataset';

export type Value = string | number | boolean | null;

/** Rows whose column is greater than `low` and at most `high`. */
export interface Bounds {
  readonly column: string;
  /** `null`: from the beginning. */
  readonly low: string | null;
  /** `null`: the source had no rows when it was asked. */
  readonly high: string | null;
}

export interface Source {
  /** @throws InvalidDataset for a query that the database refuses */
  columns(query: string, values: readonly Value[]): Promise<readonly Column[]>;
  /** The greatest value of a column, beyond a mark; `null` without rows. */
  newest(query: string, values: readonly Value[], column: string, low: string | null): Promise<string | null>;
  /** In the order of the bounds' column; a few at a time are in memory. */
  rows(
    query: string,
    values: readonly Value[],
    bounds: Bounds | undefined,
  ): AsyncIterable<Readonly<Record<string, string | null>>>;
}

/** @throws InvalidDataset for a semicolon at the end: the query becomes part of another */
export function checkedQuery(query: string): string {
  const trimmed = query.trim();
  if (trimmed.endsWith(';'))
    throw new InvalidDataset(
      'The query ends in a semicolon. Leave it away: the query is read as a part of another.',
    );
  return trimmed;
}

/** @throws InvalidDataset for two columns of the same name */
export function checkNames(columns: readonly Column[]): readonly Column[] {
  const twice = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined)
    throw new InvalidDataset(`The query gives two columns '${twice.name}'. Name one of them otherwise: AS.`);
  return columns;
}
