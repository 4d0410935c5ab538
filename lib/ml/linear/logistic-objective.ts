/** Objective of a logistic regression of two classes with a squared penalty, by the kernel (`kernel/source/logistic.as`). */
import type { Kernel } from '../kernel/kernel';
import type { Matrix } from '../matrix';
import type { Objective } from './lbfgs';

/** Features beyond it are not copied into the kernel's memory, which ends at 4 GiB. */
const MOST_BYTES = 2 ** 30;
/** Rows of a block of the kernel. */
const BLOCK = 512;

export function fitsKernel({ rows, columns }: Matrix): boolean {
  return rows * columns.length * 8 <= MOST_BYTES;
}

/**
 * @param y 1 for the class whose probability is meant, else 0 @param rowWeights one per row
 * @param l2 times half of the squared weights, without the intercept, which is the last of them
 */
export function logisticObjective(
  kernel: Kernel,
  { rows, columns }: Matrix,
  y: Int32Array,
  rowWeights: Float64Array,
  l2: number,
): Objective {
  const features = columns.length;
  // The kernel goes two by two.
  const stride = rows + (rows % 2);
  const x = kernel.doubles(stride * features);
  const [labels, weightOfRow] = [kernel.doubles(stride), kernel.doubles(stride)];
  for (const { view } of [labels, weightOfRow]) view[stride - 1] = 0;
  labels.view.set(y);
  weightOfRow.view.set(rowWeights);
  columns.forEach((column, f) => {
    x.view[(f + 1) * stride - 1] = 0;
    x.view.set(column, f * stride);
  });
  const [at, sums, scores] = [
    kernel.doubles(features + 1),
    kernel.doubles(2 * features + 2),
    kernel.doubles(BLOCK),
  ];
  const [first = 0] = rowWeights;
  const common = rowWeights.every((weight) => weight === first) ? first : -1;
  return (weights) => {
    at.view.set(weights);
    let value = kernel.call.logisticGradient(
      x.at,
      features,
      stride,
      rows,
      at.at,
      labels.at,
      weightOfRow.at,
      common,
      scores.at,
      sums.at,
    );
    const gradient = Float64Array.from(weights, (w, f) => {
      const own = f < features ? l2 * w : 0;
      value += 0.5 * own * w;
      return sums.view[2 * f]! + sums.view[2 * f + 1]! + own;
    });
    return { value, gradient };
  };
}
