/**
 * Columns block by block in the kernel's memory: some rows of each at a time, so that they come through the second cache.
 * Copying all of them once would take as long as many passes, and as much memory as the columns.
 */
import type { Kernel } from '../kernel/kernel';

/** Numbers of a block: half of a second cache of 1 MiB. */
const NUMBERS = 2 ** 16;
/** Rows that most loops of the kernel go through at a time. */
const ROWS = 512;

export class RowBlocks {
  /** Where each block lies. */
  readonly at: number;
  /** Rows of a block; even. */
  readonly most: number;
  /** From one column to the next, in numbers; what lies behind the rows of a column is 0, if it is read. */
  readonly stride: number;
  private readonly view: Float64Array;

  constructor(
    kernel: Kernel,
    private readonly rows: number,
    width: number,
  ) {
    const room = Math.floor(NUMBERS / Math.max(1, width));
    this.most = room >= ROWS ? room - (room % ROWS) : Math.max(64, room - (room % 2));
    this.stride = this.most;
    const { at, view } = kernel.doubles(this.most * width);
    this.at = at;
    this.view = view;
  }

  /** Has each block worked on, in the order of the rows. */
  each(columns: readonly Float64Array[], work: (from: number, count: number) => void): void {
    const { rows, most, stride, view } = this;
    for (let from = 0; from < rows; from += most) {
      const count = Math.min(most, rows - from);
      columns.forEach((column, f) => {
        view.set(column.subarray(from, from + count), f * stride);
        // Most loops go two by two.
        if (count % 2 === 1) view[f * stride + count] = 0;
      });
      work(from, count);
    }
  }
}
