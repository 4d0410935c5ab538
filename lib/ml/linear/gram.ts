/** Products of centred columns with each other and with the target, by the kernel (`kernel/source/gram.as`). */
import { withKernel } from '../kernel/kernel';
import { eachCentredBlock, type CentredColumns } from './centred-blocks';

export interface Gram {
  /** XᵀX: row i has the columns up to i. */
  readonly matrix: readonly Float64Array[];
  /** Xᵀy. */
  readonly products: Float64Array;
}

export function gramOf(problem: CentredColumns): Gram {
  return withKernel(1, (kernel) => {
    const width = problem.columns.length + 1;
    const sums = kernel.doubles(width * width * 2);
    sums.view.fill(0);
    eachCentredBlock(kernel, problem, ({ at, stride, count, centres, roots }) =>
      kernel.call.addGram(at, width, stride, count, centres, roots, sums.at),
    );
    const line = (i: number, length: number) =>
      Float64Array.from({ length }, (_, j) => {
        const at = (i * width + j) * 2;
        return sums.view[at]! + sums.view[at + 1]!;
      });
    return {
      matrix: problem.columns.map((_, i) => line(i, i + 1)),
      products: line(width - 1, width - 1),
    };
  });
}
