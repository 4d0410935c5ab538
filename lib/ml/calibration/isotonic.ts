/**
 * The rising steps nearest to the targets, straight between them and level beyond: pool adjacent violators (M. Ayer et
 * al., 1955), interpolated as scikit-learn's IsotonicRegression with `out_of_bounds='clip'`.
 */
export interface IsotonicCalibrator {
  readonly kind: 'isotonic';
  /** Scores, ascending, and the value at each. */
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** @param weights one per score. @default 1 each */
export function fitIsotonic(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): IsotonicCalibrator {
  const order = Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => scores[a]! - scores[b]!,
  );
  // Equal scores are one point with their mean.
  const points: { x: number; sum: number; weight: number }[] = [];
  for (const row of order) {
    const weight = weights?.[row] ?? 1;
    const last = points.at(-1);
    if (last !== undefined && last.x === scores[row]) {
      last.sum += weight * targets[row]!;
      last.weight += weight;
    } else points.push({ x: scores[row]!, sum: weight * targets[row]!, weight });
  }
  const blocks: { from: number; to: number; sum: number; weight: number }[] = [];
  for (const { x, sum, weight } of points) {
    let block = { from: x, to: x, sum, weight };
    for (
      let previous = blocks.at(-1);
      previous !== undefined && previous.sum / previous.weight >= block.sum / block.weight;
      previous = blocks.at(-1)
    ) {
      blocks.pop();
      block = {
        from: previous.from,
        to: block.to,
        sum: previous.sum + block.sum,
        weight: previous.weight + block.weight,
      };
    }
    blocks.push(block);
  }
  const corners = blocks.flatMap(({ from, to, sum, weight }) =>
    from === to ? [{ x: from, y: sum / weight }] : [from, to].map((x) => ({ x, y: sum / weight })),
  );
  return { kind: 'isotonic', x: corners.map(({ x }) => x), y: corners.map(({ y }) => y) };
}

export function applyIsotonic({ x, y }: IsotonicCalibrator, scores: Float64Array): Float64Array {
  return scores.map((score) => {
    if (!(score > x[0]!)) return y[0]!;
    let low = 0;
    let high = x.length - 1;
    if (score >= x[high]!) return y[high]!;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle]! <= score) low = middle;
      else high = middle;
    }
    return y[low]! + ((score - x[low]!) / (x[high]! - x[low]!)) * (y[high]! - y[low]!);
  });
}
