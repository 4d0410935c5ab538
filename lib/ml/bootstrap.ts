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
  return bootstrapIntervals(rows, (sample) => ({ statistic: statistic(sample) }), options).statistic;
}

/** The same for several statistics of each sample. */
export function bootstrapIntervals<Name extends string>(
  rows: number,
  statistics: (rows: Int32Array) => Readonly<Record<Name, number>>,
  options: BootstrapOptions = {},
): Record<Name, BootstrapInterval> {
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
  const drawn: Readonly<Record<Name, number>>[] = [];
  for (let i = 0; i < resamples; i++) {
    let at = 0;
    for (const group of groups.values())
      for (let k = 0; k < group.length; k++) sample[at++] = group[random.below(group.length)]!;
    drawn.push(statistics(sample));
  }
  const whole = statistics(Int32Array.from({ length: rows }, (_, row) => row));
  const intervals = Object.keys(whole).map((key) => {
    const name = key as Name;
    const values = drawn.map((one) => one[name]).filter((value) => !Number.isNaN(value));
    return [name, intervalOf(whole[name], values, confidence)] as const;
  });
  return Object.fromEntries(intervals) as Record<Name, BootstrapInterval>;
}

function intervalOf(value: number, drawn: readonly number[], confidence: number): BootstrapInterval {
  const sorted = Float64Array.from(drawn).sort();
  const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length;
  const squares = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return {
    value,
    low: quantileOfSorted(sorted, (1 - confidence) / 2),
    high: quantileOfSorted(sorted, (1 + confidence) / 2),
    standardError: Math.sqrt(squares / (drawn.length - 1)),
    resamples: drawn.length,
  };
}
