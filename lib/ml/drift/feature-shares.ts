/** One feature of two samples, counted over the same bins. */
import type { DriftRule } from '../../tasks/detect-drift';
import type { RawColumn } from '../raw-column';
import { binCounts, quantileEdges } from './divergence';

export interface BinnedPair {
  /** Of each bin: `<= 3.5`, a category, or `other`. */
  readonly labels: readonly string[];
  /** Rows with a value by bin. */
  readonly reference: readonly number[];
  readonly current: readonly number[];
}

/** What the categories beyond the limit are counted as. */
export const OTHER = '(other)';

export function presentNumbers(column: RawColumn): Float64Array {
  return Float64Array.from(
    (column.values as readonly (string | number | null)[]).filter(
      (value) => typeof value === 'number' && !Number.isNaN(value),
    ) as number[],
  );
}

/** Quantile bins of the reference. */
export function binNumbers(reference: Float64Array, current: Float64Array, bins: number): BinnedPair {
  const edges = quantileEdges(reference, bins);
  const shown = (value: number) => String(Number(value.toPrecision(4)));
  return {
    labels: [...edges.map((edge) => `<= ${shown(edge)}`), `> ${shown(edges.at(-1) ?? 0)}`],
    reference: binCounts(reference, edges),
    current: binCounts(current, edges),
  };
}

/**
 * A bin for each category, those of the reference first, frequent ones first; what is beyond the limit is one bin. Among
 * the new ones of the current sample, the most frequent stay by name while there is room.
 */
export function binTexts(
  reference: RawColumn,
  current: RawColumn,
  { maxCategories }: Pick<DriftRule, 'maxCategories'>,
): BinnedPair {
  const before = counted(reference);
  const after = counted(current);
  const byCount = (counts: ReadonlyMap<string, number>) =>
    [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1));
  const all = [...byCount(before), ...byCount(after).filter((name) => !before.has(name))];
  const kept = all.length > maxCategories ? all.slice(0, maxCategories - 1) : all;
  const rest = all.slice(kept.length);
  const counts = (found: ReadonlyMap<string, number>) => [
    ...kept.map((name) => found.get(name) ?? 0),
    ...(rest.length === 0 ? [] : [rest.reduce((sum, name) => sum + (found.get(name) ?? 0), 0)]),
  ];
  return {
    labels: rest.length === 0 ? kept : [...kept, OTHER],
    reference: counts(before),
    current: counts(after),
  };
}

function counted(column: RawColumn): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of column.values)
    if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  return counts;
}
