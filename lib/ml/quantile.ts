/** The q-quantile of numbers, linear between neighbours (numpy's default; Hyndman and Fan 1996, type 7). NaN of none. */
export function quantile(values: ArrayLike<number>, q: number): number {
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}

/** @param sorted ascending */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low]!;
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  // Infinite neighbours have no difference, and huge ones none that is finite.
  if (below === above || at === low) return below;
  return Number.isFinite(above - below)
    ? below + (at - low) * (above - below)
    : Number.isFinite(below) && Number.isFinite(above)
      ? below * (1 - at + low) + above * (at - low)
      : Number.isFinite(below)
        ? above
        : below;
}

/**
 * The value that half of the weight lies below; the mean of two where both fit (scikit-learn's averaged inverted
 * distribution function). Without weights the median. NaN of none.
 */
export function weightedMedian(values: ArrayLike<number>, weights: ArrayLike<number> | undefined): number {
  if (weights === undefined) return quantile(values, 0.5);
  const order = Array.from({ length: values.length }, (_, i) => i)
    .filter((i) => weights[i]! > 0)
    .sort((a, b) => values[a]! - values[b]!);
  const half = order.reduce((sum, i) => sum + weights[i]!, 0) / 2;
  let below = 0;
  for (const [at, i] of order.entries()) {
    below += weights[i]!;
    if (below < half * (1 - 1e-12)) continue;
    const next = order[at + 1];
    const even = Math.abs(below - half) <= half * 1e-12 && next !== undefined;
    return even ? (values[i]! + values[next]!) / 2 : values[i]!;
  }
  return Number.NaN;
}
