/** Whether two samples of numbers come from one distribution. */
import { kolmogorovSurvival } from './kolmogorov-distribution';

export interface KsTest {
  /** Largest distance of the two distribution functions. */
  readonly statistic: number;
  /** Chance of a distance as large when both come from one distribution. */
  readonly pValue: number;
}

/** scipy's bound of the exact test; above it small products are still counted exactly. */
const EXACT_ROWS = 10_000;
const EXACT_PAIRS = 1e8;

/**
 * Two-sample, two-sided Kolmogorov–Smirnov test. Exact p by counting lattice paths (J. Hodges, "The significance
 * probability of the Smirnov two-sample test", 1957) up to 10,000 values each or 1e8 pairs, beyond that by the
 * distribution of one sample of n·m / (n + m): scipy's `ks_2samp`. Ties make both conservative.
 * @throws RangeError when a sample is empty or has NaN
 */
export function ksTwoSample(a: ArrayLike<number>, b: ArrayLike<number>): KsTest {
  const x = sorted(a);
  const y = sorted(b);
  let i = 0;
  let j = 0;
  let statistic = 0;
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i]!, y[j]!);
    while (i < x.length && x[i] === value) i++;
    while (j < y.length && y[j] === value) j++;
    statistic = Math.max(statistic, Math.abs(i / x.length - j / y.length));
  }
  const [n, m] = [x.length, y.length];
  const exact = Math.max(n, m) <= EXACT_ROWS || n * m <= EXACT_PAIRS;
  // Beyond this tail the exact value is 0 to 30 digits, and most of the lattice would have to be walked.
  const far = 2 * statistic ** 2 * ((n * m) / (n + m)) > 70;
  const pValue =
    exact && !far
      ? exactP(n, m, statistic)
      : kolmogorovSurvival(statistic, Math.max(1, Math.round((n * m) / (n + m))));
  return { statistic, pValue };
}

function sorted(sample: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(sample).sort();
  if (values.length === 0) throw new RangeError('A sample of the Kolmogorov–Smirnov test is empty.');
  if (values.some(Number.isNaN)) throw new RangeError('A sample of the Kolmogorov–Smirnov test has NaN.');
  return values;
}

/**
 * 1 − the chance that values drawn in random order never leave the band in which the shares differ by less than the
 * statistic: forward over the lattice of (drawn of one, drawn of the other), where each cell is a probability. Only the
 * band is walked: the rest holds zeros.
 */
function exactP(n: number, m: number, statistic: number): number {
  const [short, long] = n < m ? [n, m] : [m, n];
  const all = short + long;
  // Distances are multiples of 1 / (short · long): half a step below the statistic tells them apart.
  const limit = (0.5 + Math.floor(statistic * short * long - 1e-7)) / (short * long);
  const reached = new Float64Array(long + 1);
  let from = 0;
  for (let i = 0; i <= short; i++) {
    const centre = i / short;
    while (from <= long && centre - from / long > limit) reached[from++] = 0;
    // The chance to come from (i − 1, j) and from (i, j − 1) to (i, j), with all − i − j + 1 values left to draw.
    let left = 0;
    for (let j = from; j <= long && j / long - centre <= limit; j++) {
      if (i + j === 0) left = 1;
      else {
        const rest = all - i - j + 1;
        left = ((i === 0 ? 0 : reached[j]! * (short - i + 1)) + left * (long - j + 1)) / rest;
      }
      reached[j] = left;
    }
  }
  return Math.min(1, Math.max(0, 1 - reached[long]!));
}
