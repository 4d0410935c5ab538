/** What a filter asks for: clauses that all have to hold, and choices of which one has to. */
import type { Comparator } from './grammar';

export interface Field {
  /** Name of the entity in the grammar. */
  readonly entity: string;
  readonly key: string;
}

export interface Clause extends Field {
  readonly comparator: Comparator;
  /** `null` for IS [NOT] NULL, a list for [NOT] IN. */
  readonly value: string | number | readonly string[] | null;
}

export interface AnyOf {
  readonly anyOf: readonly (readonly Condition[])[];
}

export type Condition = Clause | AnyOf;

export function isAnyOf(condition: Condition): condition is AnyOf {
  return 'anyOf' in condition;
}

/** Those that hold for whatever is found. */
export function certainClauses(conditions: readonly Condition[]): Clause[] {
  return conditions.filter((condition): condition is Clause => !isAnyOf(condition));
}

/** All of them, wherever they stand. */
export function allClauses(conditions: readonly Condition[]): Clause[] {
  return conditions.flatMap((condition) =>
    isAnyOf(condition) ? condition.anyOf.flatMap(allClauses) : [condition],
  );
}

export function mapClauses(
  conditions: readonly Condition[],
  change: (clause: Clause) => Clause,
): Condition[] {
  return conditions.map((condition) =>
    isAnyOf(condition)
      ? { anyOf: condition.anyOf.map((some) => mapClauses(some, change)) }
      : change(condition),
  );
}
