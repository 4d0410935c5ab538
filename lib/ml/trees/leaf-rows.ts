/** Which rows are of which leaf while a boosted tree grows, in the kernel's memory: `source/leaf-rows.as`. */
import type { Doubles, Kernel, Region } from '../kernel/kernel';
import type { BinnedFeature } from './binned';

/** Rows of a segment. */
const SEGMENT = 65_536;

/** Leaves are numbered from 0, which has all rows before it is parted. */
export class LeafRows {
  /** Address. */
  readonly order: number;
  /** A byte for each bin of the feature by which a leaf is parted: 1 for rows that stay. */
  readonly sides: Region<Uint8Array>;
  private readonly spare: number;
  private readonly segments: number;
  private readonly spans: number[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly rows: number,
  ) {
    this.segments = Math.ceil(rows / SEGMENT);
    this.order = kernel.allocate(rows * 2 + 16);
    this.spare = kernel.allocate(Math.min(rows, SEGMENT) * 2 + 2);
    this.sides = kernel.bytes(256);
  }

  /** All rows are of leaf 0. */
  restart(): void {
    this.kernel.call.restartRows(this.order, this.rows, this.spanOf(0));
  }

  /**
   * Parts a leaf as `sides` says: the rows that do not stay become those of leaf `added`.
   * @param feature by which @returns how many stay
   */
  part(leaf: number, { bins, step }: Pick<BinnedFeature, 'bins' | 'step'>, added: number): number {
    const { kernel, order, segments, spare, sides } = this;
    const span = this.spanOf(leaf);
    return kernel.call.partRows(order, segments, spare, span, this.spanOf(added), bins.at, step, sides.at);
  }

  /** Adds a value to the scores of a leaf's rows. */
  add(raw: Doubles, leaf: number, value: number): void {
    this.kernel.call.addToRows(raw.at, this.order, this.segments, this.spanOf(leaf), value);
  }

  /** Address of what the kernel knows of a leaf. */
  spanOf(leaf: number): number {
    return (this.spans[leaf] ??= this.kernel.allocate(this.segments * 8));
  }
}
