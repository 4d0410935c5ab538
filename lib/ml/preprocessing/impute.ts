/** What stands for a missing value. scikit-learn's SimpleImputer: learned from the fitted rows alone. */
import { quantile } from '../quantile';

export type NumberImpute =
  | { readonly strategy: 'mean' | 'median' | 'most-frequent' }
  | { readonly strategy: 'constant'; readonly value: number }
  /** Missing values stay NaN, for models that take them. */
  | { readonly strategy: 'none' };

export type TextImpute =
  | { readonly strategy: 'most-frequent' }
  | { readonly strategy: 'constant'; readonly value: string }
  /** A missing text stays missing: encoders treat it as unknown. */
  | { readonly strategy: 'none' };

/** The filling number; NaN for none. A column without any value is filled with 0. */
export function fitNumberImpute(values: readonly (number | null)[], impute: NumberImpute): number {
  if (impute.strategy === 'none') return Number.NaN;
  if (impute.strategy === 'constant') return impute.value;
  const present = values.filter((value) => value !== null && !Number.isNaN(value)) as number[];
  if (present.length === 0) return 0;
  switch (impute.strategy) {
    case 'mean':
      return present.reduce((sum, value) => sum + value, 0) / present.length;
    case 'median':
      return quantile(present, 0.5);
    case 'most-frequent':
      return mostFrequent(present);
  }
}

/** The filling text; `null` for none. */
export function fitTextImpute(values: readonly (string | null)[], impute: TextImpute): string | null {
  if (impute.strategy === 'none') return null;
  if (impute.strategy === 'constant') return impute.value;
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : mostFrequent(present);
}

/** The least of the most frequent ones. */
function mostFrequent<T extends string | number>(values: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best = values[0]!;
  for (const [value, count] of counts) {
    const most = counts.get(best) ?? 0;
    if (count > most || (count === most && value < best)) best = value;
  }
  return best;
}
