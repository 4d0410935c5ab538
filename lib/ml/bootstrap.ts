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
  const drawn = resampled(rows, statistics, new Random(options.seed ?? 0), options);
  const whole = statistics(allRows(rows));
  const intervals = Object.keys(whole).map((key) => {
    const name = key as Name;
    const values = drawn.map((one) => one[name]).filter((value) => !Number.isNaN(value));
    return [name, intervalOf(whole[name], values, options.confidence)] as const;
  });
  return Object.fromEntries(intervals) as Record<Name, BootstrapInterval>;
}

/** Rows that have nothing to do with those that they are compared with. */
export interface IndependentRows {
  readonly rows: number;
  readonly statistic: (rows: Int32Array) => number;
  readonly strata?: ArrayLike<number> | undefined;
}

/** The percentile interval of the statistic of `ours` less that of `others`, or less a number that is known. */
export function bootstrapDifference(
  ours: IndependentRows,
  others: IndependentRows | number,
  options: Omit<BootstrapOptions, 'strata'> = {},
): BootstrapInterval {
  const random = new Random(options.seed ?? 0);
  const draw = ({ rows, statistic, strata }: IndependentRows) =>
    resampled(rows, statistic, random, { ...options, strata });
  const drawn = draw(ours);
  const drawnOthers = typeof others === 'number' ? undefined : draw(others);
  const differences = drawn.map((value, i) => value - (drawnOthers?.[i] ?? Number(others)));
  const value = ofAll(ours) - (typeof others === 'number' ? others : ofAll(others));
  return intervalOf(
    value,
    differences.filter((one) => !Number.isNaN(one)),
    options.confidence,
  );
}

const ofAll = ({ rows, statistic }: IndependentRows) => statistic(allRows(rows));

const allRows = (rows: number) => Int32Array.from({ length: rows }, (_, row) => row);

/** What the statistics say of each sample. The array of row numbers is the same one each time. */
function resampled<Value>(
  rows: number,
  statistics: (rows: Int32Array) => Value,
  random: Random,
  { strata, resamples = 1000 }: BootstrapOptions,
): Value[] {
  const groups = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = strata?.[row] ?? 0;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(row);
  }
  const sample = new Int32Array(rows);
  return Array.from({ length: resamples }, () => {
    let at = 0;
    for (const group of groups.values())
      for (let k = 0; k < group.length; k++) sample[at++] = group[random.below(group.length)]!;
    return statistics(sample);
  });
}

function intervalOf(value: number, drawn: readonly number[], confidence = 0.95): BootstrapInterval {
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
