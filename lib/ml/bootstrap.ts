/** Confidence intervals of a metric by drawing rows with replacement: B. Efron, "Bootstrap methods", 1979. */
import { quantileOfSorted } from './quantile';
import { Random } from './random';

export interface BootstrapOptions {
  /** @default 0.95 */
  readonly confidence?: number;
  /** @default 1000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
  /** Draw within each of these groups, so that a rare class is in every sample: one number per row. @default all as one */
  readonly strata?: ArrayLike<number> | undefined;
}

export interface BootstrapInterval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  /** Samples for which the metric was a number. */
  readonly resamples: number;
}

/**
 * The percentile interval.
 * @param statistic of row numbers, some of them more than once; samples for which it is NaN are left out
 */
export function bootstrapInterval(
  rows: number,
  statistic: (rows: Int32Array) => number,
  options: BootstrapOptions = {},
): BootstrapInterval {
  const { confidence = 0.95, resamples = 1000 } = options;
  const random = new Random(options.seed ?? 0);
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = options.strata?.[row] ?? 0;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(row);
  }
  const sample = new Int32Array(rows);
  const drawn: number[] = [];
  for (let i = 0; i < resamples; i++) {
    let at = 0;
    for (const group of groups.values())
      for (let k = 0; k < group.length; k++) sample[at++] = group[random.below(group.length)]!;
    const value = statistic(sample);
    if (!Number.isNaN(value)) drawn.push(value);
  }
  const sorted = Float64Array.from(drawn).sort();
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const squares = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    value: statistic(Int32Array.from({ length: rows }, (_, row) => row)),
    low: quantileOfSorted(sorted, (1 - confidence) / 2),
    high: quantileOfSorted(sorted, (1 + confidence) / 2),
    standardError: Math.sqrt(squares / (drawn.length - 1)),
    resamples: drawn.length,
  };
}
