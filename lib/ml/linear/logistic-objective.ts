/** Objective of a logistic regression of two classes with a squared penalty, by the kernel (`kernel/source/logistic.as`). */
import { checkComplete } from '../check-input';
import type { Kernel } from '../kernel/kernel';
import type { Matrix } from '../matrix';
import type { Objective } from './lbfgs';
import { RowBlocks } from './row-blocks';

/** Rows that the kernel goes through at a time. */
const BLOCK = 512;

/**
 * Says of values that are no finite numbers when it comes upon them, as they make the loss such.
 * @param y 1 for the class whose probability is meant, else 0 @param rowWeights one per row, or one for all
 * @param l2 times half of the squared weights, without the intercept, which is the last of them
 */
export function logisticObjective(
  kernel: Kernel,
  x: Matrix,
  y: Int32Array,
  rowWeights: Float64Array | number,
  l2: number,
): Objective {
  const { rows, columns } = x;
  const features = columns.length;
  const blocks = new RowBlocks(kernel, rows, features);
  // The kernel goes two by two.
  const labels = kernel.doubles(rows + 1);
  for (let row = 0; row < rows; row++) labels.view[row] = y[row]!;
  labels.view[rows] = 0;
  const common = commonOf(rowWeights);
  const weightOfRow = kernel.doubles(common === undefined ? rows + 1 : blocks.most + 1);
  const at = kernel.doubles(features + 1);
  const sums = kernel.doubles(2 * features + 2);
  // And room for their exponentials, eight at a time.
  const scores = kernel.doubles(BLOCK * 2 + 8);
  if (common === undefined) weightOfRow.view.set(rowWeights as Float64Array);
  else weightOfRow.view.fill(common);
  weightOfRow.view[common === undefined ? rows : rows % blocks.most] = 0;
  return (weights) => {
    at.view.set(weights);
    sums.view.fill(0);
    let value = 0;
    blocks.each(columns, (from, count) => {
      value += kernel.call.logisticGradient(
        blocks.at,
        features,
        blocks.stride,
        count,
        at.at,
        labels.at + from * 8,
        weightOfRow.at + (common === undefined ? from * 8 : 0),
        common ?? -1,
        scores.at,
        sums.at,
      );
    });
    const gradient = Float64Array.from(weights, (w, f) => {
      const own = f < features ? l2 * w : 0;
      value += 0.5 * own * w;
      return sums.view[2 * f]! + sums.view[2 * f + 1]! + own;
    });
    if (!Number.isFinite(value) || !gradient.every(Number.isFinite)) checkComplete(x);
    return { value, gradient };
  };
}

/** The weight of all rows, where they have the same. */
function commonOf(rowWeights: Float64Array | number): number | undefined {
  if (typeof rowWeights === 'number') return rowWeights;
  const [first = 0] = rowWeights;
  return rowWeights.every((weight) => weight === first) ? first : undefined;
}
