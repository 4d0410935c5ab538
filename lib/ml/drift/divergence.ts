/** How far two distributions over bins are apart: population stability index and Jensen–Shannon distance. */
import { quantileOfSorted } from '../quantile';

export interface PsiOptions {
  /** Quantile bins of the reference. @default 10 */
  readonly nBins?: number;
  /** Least share of a bin, so that an empty one does not count without end. @default 1e-4 */
  readonly floor?: number;
}

/** Inner edges of the bins: quantiles of the reference without NaN, ascending, each once. A bin has its upper edge. */
export function quantileEdges(reference: ArrayLike<number>, nBins: number): number[] {
  const present = Float64Array.from(reference)
    .filter((value) => !Number.isNaN(value))
    .sort();
  return [
    ...new Set(Array.from({ length: nBins - 1 }, (_, i) => quantileOfSorted(present, (i + 1) / nBins))),
  ];
}

/** Counts by bin; NaN is not counted. */
export function binCounts(values: ArrayLike<number>, edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle]! < value) low = middle + 1;
      else high = middle;
    }
    counts[low]!++;
  }
  return counts;
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
  const edges = quantileEdges(reference, options.nBins ?? 10);
  const counts = (values: ArrayLike<number>) => {
    const present = binCounts(values, edges);
    return [...present, values.length - present.reduce((sum, count) => sum + count, 0)];
  };
  return psiOfCounts(counts(reference), counts(current), options.floor);
}

/** The same over categories. @throws RangeError when a sample is empty */
export function categoricalPsi(
  reference: readonly (string | number | null)[],
  current: readonly (string | number | null)[],
  options: Pick<PsiOptions, 'floor'> = {},
): number {
  const keys = [...new Set([...reference, ...current])];
  const counts = (values: readonly (string | number | null)[]) => {
    const found = new Map<string | number | null, number>(keys.map((key) => [key, 0]));
    for (const value of values) found.set(value, found.get(value)! + 1);
    return [...found.values()];
  };
  return psiOfCounts(counts(reference), counts(current), options.floor);
}

/** @throws RangeError when a sample is empty */
export function psiOfCounts(a: readonly number[], b: readonly number[], floor = 1e-4): number {
  const [p, q] = [sharesOf(a, 'stability index'), sharesOf(b, 'stability index')];
  let sum = 0;
  p.forEach((share, i) => {
    if (share === 0 && q[i] === 0) return;
    const before = Math.max(floor, share);
    const after = Math.max(floor, q[i]!);
    sum += (after - before) * Math.log(after / before);
  });
  return sum;
}

/**
 * Jensen–Shannon distance: the root of the divergence in bits, 0 (the same) to 1 (nothing in common). scipy's
 * `jensenshannon(p, q, base=2)`; J. Lin, IEEE Transactions on Information Theory 37, 1991.
 * @throws RangeError when a sample is empty
 */
export function jensenShannonOfCounts(a: readonly number[], b: readonly number[]): number {
  const [p, q] = [sharesOf(a, 'Jensen–Shannon distance'), sharesOf(b, 'Jensen–Shannon distance')];
  let sum = 0;
  p.forEach((share, i) => {
    const other = q[i]!;
    const middle = (share + other) / 2;
    if (share > 0) sum += share * Math.log2(share / middle);
    if (other > 0) sum += other * Math.log2(other / middle);
  });
  return Math.sqrt(Math.max(0, sum / 2));
}

function sharesOf(counts: readonly number[], what: string): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) throw new RangeError(`A sample of the ${what} is empty.`);
  return counts.map((count) => count / total);
}
