/** Products of centred columns with each other and with the target, by the kernel (`kernel/source/gram.as`). */
import { withKernel } from '../kernel/kernel';
import { RowBlocks } from './row-blocks';

export interface CentredColumns {
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
  /** Taken from each column, and from the target. */
  readonly means: readonly number[];
  readonly targetMean: number;
  /** That each row is multiplied by then. @default 1 each */
  readonly roots: Float64Array | undefined;
}

export interface Gram {
  /** XᵀX: row i has the columns up to i. */
  readonly matrix: readonly Float64Array[];
  /** Xᵀy. */
  readonly products: Float64Array;
}

export function gramOf({ columns, target, means, targetMean, roots }: CentredColumns): Gram {
  return withKernel(1, (kernel) => {
    const rows = target.length;
    const all = [...columns, target];
    const width = all.length;
    const blocks = new RowBlocks(kernel, rows, width);
    const centres = kernel.doubles(width);
    centres.view.set([...means, targetMean]);
    const factors = roots === undefined ? undefined : kernel.doubles(rows + 1);
    factors?.view.set(roots ?? []);
    const sums = kernel.doubles(width * width * 2);
    sums.view.fill(0);
    blocks.each(all, (from, count) =>
      kernel.call.addGram(
        blocks.at,
        width,
        blocks.stride,
        count,
        centres.at,
        factors === undefined ? 0 : factors.at + from * 8,
        sums.at,
      ),
    );
    const line = (i: number, length: number) =>
      Float64Array.from({ length }, (_, j) => {
        const at = (i * width + j) * 2;
        return sums.view[at]! + sums.view[at + 1]!;
      });
    return {
      matrix: columns.map((_, i) => line(i, i + 1)),
      products: line(width - 1, width - 1),
    };
  });
}
