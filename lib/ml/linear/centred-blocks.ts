/** Columns less their means, and the target, block by block in the kernel's memory. */
import type { Kernel } from '../kernel/kernel';
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

/** Addresses of a block: the columns, the target last, as they are; means; factors of the rows, or 0. */
export interface CentredBlock {
  readonly at: number;
  /** From one column to the next, in numbers. */
  readonly stride: number;
  readonly count: number;
  readonly centres: number;
  readonly roots: number;
}

/** Has each block worked on, in the order of the rows. */
export function eachCentredBlock(
  kernel: Kernel,
  { columns, target, means, targetMean, roots }: CentredColumns,
  work: (block: CentredBlock) => void,
): void {
  const rows = target.length;
  const all = [...columns, target];
  const blocks = new RowBlocks(kernel, rows, all.length);
  const centres = kernel.doubles(all.length);
  centres.view.set([...means, targetMean]);
  const factors = roots === undefined ? undefined : kernel.doubles(rows + 1);
  factors?.view.set(roots ?? []);
  blocks.each(all, (from, count) =>
    work({
      at: blocks.at,
      stride: blocks.stride,
      count,
      centres: centres.at,
      roots: factors === undefined ? 0 : factors.at + from * 8,
    }),
  );
}
