/** How far two samples of one feature differ. */
import { quantileOfSorted } from './quantile';

export interface KsTest {
  /** Largest distance of the two distribution functions. */
  readonly statistic: number;
  /** Chance of a distance as large when both come from one distribution. */
  readonly pValue: number;
}

/** Above this many pairs the limit formula takes over: the exact sum takes a step for each pair. */
const EXACT_PAIRS = 10_000_000;

/**
 * Two-sample, two-sided Kolmogorov–Smirnov test. Exact p by counting lattice paths (J. Hodges, "The significance
 * probability of the Smirnov two-sample test", 1957); for large samples Kolmogorov's limit with the correction of
 * J. Vrbik, "Small-sample corrections to Kolmogorov–Smirnov test statistic", 2018. Ties make both conservative.
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
  const pValue =
    x.length * y.length <= EXACT_PAIRS
      ? exactP(x.length, y.length, statistic)
      : limitP(x.length, y.length, statistic);
  return { statistic, pValue };
}

function sorted(sample: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(sample).sort();
  if (values.length === 0) throw new RangeError('A sample of the Kolmogorov–Smirnov test is empty.');
  if (values.some(Number.isNaN)) throw new RangeError('A sample of the Kolmogorov–Smirnov test has NaN.');
  return values;
}

function exactP(n: number, m: number, statistic: number): number {
  const [short, long] = n < m ? [n, m] : [m, n];
  // Distances are multiples of 1 / (short · long): half a step below the statistic tells them apart.
  const limit = (0.5 + Math.floor(statistic * short * long - 1e-7)) / (short * long);
  const paths = Float64Array.from({ length: long + 1 }, (_, j) => (j / long > limit ? 0 : 1));
  for (let i = 1; i <= short; i++) {
    const share = i / (i + long);
    paths[0] = i / short > limit ? 0 : share * paths[0]!;
    for (let j = 1; j <= long; j++)
      paths[j] = Math.abs(i / short - j / long) > limit ? 0 : share * paths[j]! + paths[j - 1]!;
  }
  return Math.min(1, Math.max(0, 1 - paths[long]!));
}

function limitP(n: number, m: number, statistic: number): number {
  const pairs = (n * m) / (n + m);
  const x = statistic * Math.sqrt(pairs);
  const z = x + 1 / (6 * Math.sqrt(pairs)) + (x - 1) / (4 * pairs);
  if (z < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * z * z);
  return Math.min(1, Math.max(0, sum));
}

export interface PsiOptions {
  /** Quantile bins of the reference. @default 10 */
  readonly nBins?: number;
  /** Least share of a bin, so that an empty one does not count without end. @default 1e-4 */
  readonly floor?: number;
}

/**
 * Population stability index Σ (q − p) ln(q / p) over quantile bins of the reference. Common reading: below 0.1 stable,
 * above 0.25 shifted. Missing values (NaN) are a bin of their own when either sample has some.
 * @throws RangeError when a sample is empty
 */
export function psi(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  options: PsiOptions = {},
): number {
  const { nBins = 10, floor = 1e-4 } = options;
  const present = Float64Array.from(reference)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const edges = [
    ...new Set(Array.from({ length: nBins - 1 }, (_, i) => quantileOfSorted(present, (i + 1) / nBins))),
  ];
  const binOf = (value: number) =>
    Number.isNaN(value) ? 'missing' : edges.filter((edge) => edge < value).length;
  return categoricalPsi(Array.from(reference, binOf), Array.from(current, binOf), { floor });
}

/** The same over categories. @throws RangeError when a sample is empty */
export function categoricalPsi(
  reference: readonly (string | number | null)[],
  current: readonly (string | number | null)[],
  options: Pick<PsiOptions, 'floor'> = {},
): number {
  const floor = options.floor ?? 1e-4;
  const p = shares(reference);
  const q = shares(current);
  let sum = 0;
  for (const key of new Set([...p.keys(), ...q.keys()])) {
    const before = Math.max(floor, p.get(key) ?? 0);
    const after = Math.max(floor, q.get(key) ?? 0);
    sum += (after - before) * Math.log(after / before);
  }
  return sum;
}

function shares<T>(values: readonly T[]): Map<T, number> {
  if (values.length === 0) throw new RangeError('A sample of the stability index is empty.');
  const result = new Map<T, number>();
  for (const value of values) result.set(value, (result.get(value) ?? 0) + 1 / values.length);
  return result;
}
