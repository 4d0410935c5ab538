/** The upper factor of centred columns, by the kernel (`kernel/source/triangle.as`). */
import { withKernel } from '../kernel/kernel';
import { eachCentredBlock, type CentredColumns } from './centred-blocks';

/** As many rows as columns: ‖target − columns · w‖ is that of the rows they stand for, up to what no w changes. */
export interface Triangle {
  /** R, column by column. */
  readonly columns: readonly Float64Array[];
  /** Qᵀy. */
  readonly target: Float64Array;
}

export function triangleOf(problem: CentredColumns): Triangle {
  return withKernel(1, (kernel) => {
    const features = problem.columns.length;
    const width = features + 1;
    const factor = kernel.doubles(width * width);
    factor.view.fill(0);
    const sums = kernel.allocate(64);
    eachCentredBlock(kernel, problem, ({ at, stride, count, centres, roots }) =>
      kernel.call.addToTriangle(at, width, stride, count, centres, roots, factor.at, sums),
    );
    const column = (f: number) => factor.view.slice(f * width, f * width + features);
    return { columns: problem.columns.map((_, f) => column(f)), target: column(features) };
  });
}
