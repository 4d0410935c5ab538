/** Rows unlike the others: by Tukey's fences column by column, or by an isolation forest over all columns. */
import { InvalidDataset } from '../data/invalid-dataset';
import { anomalyScores, fitIsolationForest } from './isolation-forest';
import type { RawColumn } from './raw-column';
import { quantile } from './quantile';

export type NumberColumn = Extract<RawColumn, { readonly kind: 'number' }>;

export interface Outliers {
  /** By row, greater for stranger ones; missing values count as the column's median. */
  readonly scores: Float64Array;
  /** Rows above it are outliers. */
  readonly threshold: number;
  /** For fences: the columns that a row lies outside of. */
  readonly columns: (row: number) => readonly string[];
}

/**
 * J. Tukey, "Exploratory Data Analysis", 1977: outside of [q1 − k · IQR, q3 + k · IQR]. The score is the largest distance
 * of a value from its quartile in interquartile ranges, so that k is the threshold.
 */
export function fenceOutliers(columns: readonly NumberColumn[], rows: number, k: number): Outliers {
  const distances = columns.map(({ values }) => {
    const present = Float64Array.from(values.filter((value) => value !== null));
    const [low, high] = [quantile(present, 0.25), quantile(present, 0.75)];
    const range = high - low;
    return Float64Array.from(values, (value) => {
      if (value === null) return 0;
      if (!Number.isFinite(value)) return Number.MAX_VALUE;
      const beyond = Math.max(low - value, value - high, 0);
      return beyond === 0 ? 0 : range === 0 ? Number.MAX_VALUE : beyond / range;
    });
  });
  const scores = Float64Array.from({ length: rows }, (_, row) =>
    distances.reduce((most, one) => Math.max(most, one[row] ?? 0), 0),
  );
  return {
    scores,
    threshold: k,
    columns: (row) => columns.filter((_, c) => (distances[c]?.[row] ?? 0) > k).map(({ name }) => name),
  };
}

/** @param contamination share of the rows that are outliers; without it those with a score above ½ @throws InvalidDataset */
export function forestOutliers(
  columns: readonly NumberColumn[],
  rows: number,
  options: {
    readonly contamination?: number | undefined;
    readonly seed: number;
    readonly nEstimators: number;
  },
): Outliers {
  const complete = columns.map(({ name, values }) => {
    const present = Float64Array.from(values.filter((value) => value !== null));
    if (present.length === 0) throw new InvalidDataset(`The column '${name}' has no values. Leave it out.`);
    if (!present.every(Number.isFinite))
      throw new InvalidDataset(
        `The column '${name}' has infinite values, which an isolation forest does not take. Filter them, or leave the column out.`,
      );
    const median = quantile(present, 0.5);
    return Float64Array.from(values, (value) => value ?? median);
  });
  const x = { rows, columns: complete, names: columns.map(({ name }) => name) };
  const model = fitIsolationForest(x, options);
  return { scores: anomalyScores(model, x), threshold: model.threshold, columns: () => [] };
}
