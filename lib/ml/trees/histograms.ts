/** Histograms of the leaves of a tree in the kernel's memory, and the cuts it finds in them: `source/histograms.as`. */
import type { Kernel } from '../kernel/kernel';
import type { Binned } from './binned';

/** Sums of a leaf's rows. */
export interface Sums {
  readonly count: number;
  readonly g: number;
  readonly h: number;
}

export interface FoundCut extends Pick<Sums, 'g' | 'h'> {
  readonly gain: number;
  readonly bin: number;
  readonly missingLeft: boolean;
}

/** One feature of a histogram, missing values last: `[g, h]` of each bin, and how many rows. */
export interface FeatureBins {
  readonly cells: Float64Array;
  readonly counts: Int32Array;
}

const CUT_BYTES = 32;
const BLOCK_BYTES = 8192 * 16;

/** Lays out histograms, and keeps those that are free again. */
export class Histograms {
  private readonly cellsAt: readonly number[];
  private readonly countsAt: readonly number[];
  private readonly bytes: number;
  private readonly pool: number[] = [];
  private readonly cuts: number;
  /** The smaller child's cuts are even, the larger's odd. */
  private readonly cutDoubles: Float64Array;
  private readonly cutInts: Int32Array;

  constructor(
    private readonly kernel: Kernel,
    private readonly data: Binned,
  ) {
    let at = 0;
    const place = (width: number, size: number) => {
      const here = at;
      at += (width + 1) * size;
      return here;
    };
    this.cellsAt = data.features.map(({ width }) => place(width, 16));
    this.countsAt = data.features.map(({ width }) => place(width, 4));
    this.bytes = at;
    this.cuts = kernel.allocate(data.features.length * 2 * CUT_BYTES);
    this.cutDoubles = kernel.doublesAt(this.cuts, data.features.length * 8);
    this.cutInts = kernel.intsAt(this.cuts, data.features.length * 16);
  }

  /** Tells the kernel what stays the same while trees grow. */
  describe(
    order: number,
    gradients: number,
    limits: { readonly minSamplesLeaf: number; readonly minHessian: number; readonly lambda: number },
  ): void {
    const { kernel, data } = this;
    const table = kernel.ints(data.features.length * 4);
    data.features.forEach(({ bins, width }, f) =>
      table.view.set([bins.at, width, this.cellsAt[f]!, this.countsAt[f]!], f * 4),
    );
    kernel.call.describeGrowth(
      data.features.length,
      this.groups,
      table.at,
      order,
      gradients,
      kernel.allocate(kernel.threads * BLOCK_BYTES),
      this.cuts,
      limits.minSamplesLeaf,
      limits.minHessian,
      limits.lambda,
    );
  }

  /** Jobs of a split: some for each thread, as one may be slower than another. */
  get groups(): number {
    const { threads } = this.kernel;
    return threads === 1 ? 1 : Math.min(this.data.features.length, threads * 2);
  }

  take(): number {
    return this.pool.pop() ?? this.kernel.allocate(this.bytes);
  }

  release(histogram: number): void {
    this.pool.push(histogram);
  }

  feature(histogram: number, f: number): FeatureBins {
    const bins = this.data.features[f]!.width + 1;
    return {
      cells: this.kernel.doublesAt(histogram + this.cellsAt[f]!, bins * 2),
      counts: this.kernel.intsAt(histogram + this.countsAt[f]!, bins),
    };
  }

  /** The best cut that the kernel found of a feature. */
  cut(f: number, larger: boolean): FoundCut {
    const at = f * 2 + (larger ? 1 : 0);
    return {
      gain: this.cutDoubles[at * 4]!,
      g: this.cutDoubles[at * 4 + 1]!,
      h: this.cutDoubles[at * 4 + 2]!,
      bin: this.cutInts[at * 8 + 6]!,
      missingLeft: this.cutInts[at * 8 + 7] === 1,
    };
  }
}
