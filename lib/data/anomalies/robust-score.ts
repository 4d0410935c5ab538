/**
 * How far a value lies from the middle of others, in robust standard deviations: the modified z-score of B. Iglewicz and
 * D. Hoaglin, "How to Detect and Handle Outliers", 1993: 0.6745 · (x − median) / MAD. Where half of the values or more
 * are the same, the mean absolute deviation takes the place of the median one: (x − median) / (1.253314 · MeanAD).
 */
export interface RobustScore {
  readonly median: number;
  /** Standard deviation of a normal distribution that spreads as much; 0 when all are the same. */
  readonly scale: number;
  /** Infinite when all others are the same and this one is not. */
  readonly score: number;
}

/** @throws RangeError without values */
export function robustScore(value: number, others: readonly number[]): RobustScore {
  if (others.length === 0) throw new RangeError('A robust score needs values to compare with.');
  const median = medianOf(others);
  const deviations = others.map((other) => Math.abs(other - median));
  const mad = medianOf(deviations);
  const scale =
    mad > 0 ? mad / 0.6745 : (1.253314 * deviations.reduce((a, b) => a + b, 0)) / deviations.length;
  const off = value - median;
  return {
    median,
    scale,
    score: off === 0 ? 0 : scale === 0 ? Math.sign(off) * Number.POSITIVE_INFINITY : off / scale,
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}
