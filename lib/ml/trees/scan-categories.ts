/** The best cut of a feature of categories, from its histogram. That of a feature of numbers: `source/scan.as`. */
import type { Cut } from './cut';
import type { FeatureBins, Sums } from './histograms';

export interface ScanLimits {
  readonly minSamplesLeaf: number;
  /** Least h of a side. */
  readonly minHessian: number;
  readonly lambda: number;
}

/** Fewer rows of a category than this say nothing about it; also what pulls its mean to 0. LightGBM's `cat_smooth`. */
const CATEGORY_SUPPORT = 10;

/**
 * Categories in the order of g / (h + 10), cut somewhere: the best two-set partition of a sum of squares (W. Fisher,
 * "On grouping for maximum homogeneity", JASA 1958). Missing values are a category like others; rare ones go right.
 */
export function scanCategories(
  { cells, counts }: FeatureBins,
  width: number,
  { g, h, count }: Sums,
  feature: number,
  limits: ScanLimits,
  best: Cut,
): void {
  const { lambda, minHessian, minSamplesLeaf } = limits;
  const whole = (g * g) / (h + lambda);
  const order = Array.from({ length: width + 1 }, (_, bin) => bin)
    .filter((bin) => (cells[bin * 2 + 1]! * count) / h >= CATEGORY_SUPPORT)
    .map((bin) => ({ bin, rate: cells[bin * 2]! / (cells[bin * 2 + 1]! + CATEGORY_SUPPORT) }))
    .sort((a, b) => a.rate - b.rate || a.bin - b.bin)
    .map(({ bin }) => bin);
  if (order.length < 2) return;
  const middle = Math.ceil(order.length / 2);
  for (const [sequence, most] of [
    [order, middle],
    [order.toReversed(), middle - 1],
  ] as const) {
    let leftG = 0;
    let leftH = 0;
    let leftCount = 0;
    for (let i = 0; i < most; i++) {
      const bin = sequence[i]!;
      leftG += cells[bin * 2]!;
      leftH += cells[bin * 2 + 1]!;
      leftCount += counts[bin]!;
      if (leftCount < minSamplesLeaf || leftH < minHessian) continue;
      const rightH = h - leftH;
      if (count - leftCount < minSamplesLeaf || rightH < minHessian) break;
      const rightG = g - leftG;
      const gain = (leftG * leftG) / (leftH + lambda) + (rightG * rightG) / (rightH + lambda) - whole;
      if (gain > best.gain) {
        best.gain = gain;
        best.leftG = leftG;
        best.leftH = leftH;
        best.feature = feature;
        best.bin = bin;
        best.missingLeft = sequence.slice(0, i + 1).includes(width);
        best.categories = sequence.slice(0, i + 1);
      }
    }
  }
}
