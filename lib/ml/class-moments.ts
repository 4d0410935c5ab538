/** Means and variances of columns within classes, by the kernel (`kernel/source/class-moments.as`). */
import { withKernel } from './kernel/kernel';
import type { Matrix } from './matrix';

export interface ClassMoments {
  /** Per class; infinite or NaN when a value is. */
  readonly means: Float64Array;
  readonly variances: Float64Array;
  /** Of all rows, whatever their weights. */
  readonly variance: number;
}

/** Rows of a column at a time. */
const BLOCK = 8192;

/** @param totals weight of each class @returns of each column */
export function classMoments(
  x: Matrix,
  y: Int32Array,
  weights: Float64Array | undefined,
  totals: Float64Array,
): ClassMoments[] {
  return withKernel(1, (kernel) => {
    const classes = totals.length;
    const labels = kernel.ints(x.rows);
    labels.view.set(y);
    const weight = weights === undefined ? undefined : kernel.doubles(x.rows);
    weight?.view.set(weights!);
    const block = kernel.doubles(BLOCK);
    const means = kernel.doubles(classes + 1);
    const sums = kernel.doubles(classes + 1);
    const shares = [...totals, x.rows];
    const each = (column: Float64Array, work: (count: number, labels: number, weights: number) => void) => {
      for (let from = 0; from < x.rows; from += BLOCK) {
        const part = column.subarray(from, from + BLOCK);
        block.view.set(part);
        work(part.length, labels.at + from * 4, weight === undefined ? 0 : weight.at + from * 8);
      }
    };
    return x.columns.map((column) => {
      means.view.fill(0);
      each(column, (count, label, w) =>
        kernel.call.addClassSums(block.at, count, label, w, classes, means.at),
      );
      shares.forEach((share, c) => (means.view[c]! /= share));
      sums.view.fill(0);
      each(column, (count, label, w) =>
        kernel.call.addClassSquares(block.at, count, label, w, classes, means.at, sums.at),
      );
      shares.forEach((share, c) => (sums.view[c]! /= share));
      return {
        means: means.view.slice(0, classes),
        variances: sums.view.slice(0, classes),
        variance: sums.view[classes]!,
      };
    });
  });
}
