/** A cut as nodes of a tree: one for numbers, a chain for categories (`tree.ts`). */
import { thresholdBetween, type BinnedFeature } from './binned';
import type { Cut } from './cut';
import type { TreeBuilder } from './tree';

/**
 * Splits a leaf of the tree in two that it has already.
 * @param unseenLeft where what was never seen goes, and a missing value where none was: the side with more rows
 * @param rowsOfBins of a categorical cut: rows of the leaf in each bin
 */
export function splitNode(
  builder: TreeBuilder,
  node: number,
  cut: Cut,
  feature: BinnedFeature,
  [left, right]: readonly [number, number],
  unseenLeft: boolean,
  rowsOfBins: Int32Array | undefined,
): void {
  const missingLeft = feature.missing ? cut.missingLeft : unseenLeft;
  if (cut.categories === undefined) {
    const threshold = thresholdBetween(feature, cut.bin, cut.bin + 1);
    builder.split(node, { feature: cut.feature, threshold, missingLeft, gain: cut.gain }, left, right);
    return;
  }
  // The chain lists one side's categories; all else takes the other side, which is that of the missing values.
  const categories = Array.from({ length: feature.width }, (_, bin) => bin).filter(
    (bin) => cut.categories?.includes(bin) !== missingLeft,
  );
  const [listed, others] = missingLeft ? [right, left] : [left, right];
  let at = node;
  categories.forEach((bin, i) => {
    const rest = builder.cover[at]! - (rowsOfBins?.[bin] ?? 0);
    const following = i + 1 < categories.length ? builder.leaf(rest) : others;
    builder.split(
      at,
      {
        feature: cut.feature,
        threshold: feature.low.view[bin]!,
        equals: true,
        gain: i === 0 ? cut.gain : 0,
      },
      listed,
      following,
    );
    at = following;
  });
}
