/** Histograms of the leaves of a tree in the kernel's memory, and the cuts it finds in them: `source/histograms.as`. */
import type { Doubles, Kernel } from '../kernel/kernel';
import { PACKED, type Binned, type BinnedFeature } from './binned';
import type { Cut } from './cut';
import type { LeafRows } from './leaf-rows';

/** Sums of a leaf's rows. */
export interface Sums {
  readonly count: number;
  readonly g: number;
  readonly h: number;
}

/** A copy of one feature of a histogram, missing values last: `[g, h]` of each bin, and how many rows. */
export interface FeatureBins {
  readonly cells: Float64Array;
  readonly counts: Int32Array;
}

const CUT_BYTES = 32;
const BLOCK_BYTES = 2048 * 28 + 192;

/** Features that lie together (`source/packs.as`); cells and counts are offsets in a histogram. */
interface Pack {
  readonly features: readonly BinnedFeature[];
  /** Of its widest feature, with that of missing values. */
  readonly bins: number;
  readonly cellsAt: number;
  readonly countsAt: number;
}

/** Lays out histograms, and keeps those that are free again. */
export class Histograms {
  private readonly packs: readonly Pack[];
  private readonly bytes: number;
  private readonly pool: number[] = [];
  private readonly cuts: number;
  /** The smaller child's cuts are even, the larger's odd. */
  private readonly cutDoubles: Float64Array;
  private readonly cutInts: Int32Array;
  private readonly wholeSums: Doubles;

  /** @param data packed @param counted whether the h of a row may be other than 1, so that rows are counted besides */
  constructor(
    private readonly kernel: Kernel,
    private readonly data: Binned,
    private readonly counted: boolean,
  ) {
    const packs = Array.from({ length: Math.ceil(data.features.length / PACKED) }, (_, p) =>
      data.features.slice(p * PACKED, (p + 1) * PACKED),
    ).map((features) => ({ features, bins: 1 + Math.max(...features.map(({ width }) => width)) }));
    let at = 0;
    const place = (size: number) => {
      const here = at;
      at += size;
      return here;
    };
    const cells = packs.map(({ bins }) => place(bins * PACKED * 16));
    const counts = packs.map(({ bins }) => (counted ? place(bins * PACKED * 4) : 0));
    this.packs = packs.map((pack, p) => ({ ...pack, cellsAt: cells[p]!, countsAt: counts[p]! }));
    this.bytes = at;
    this.cuts = kernel.allocate(data.features.length * 2 * CUT_BYTES);
    this.cutDoubles = kernel.doublesAt(this.cuts, data.features.length * 8);
    this.wholeSums = kernel.doubles(2);
    this.cutInts = kernel.intsAt(this.cuts, data.features.length * 16);
  }

  /** Tells the kernel what stays the same while trees grow. */
  describe(
    rows: LeafRows,
    limits: { readonly minSamplesLeaf: number; readonly minHessian: number; readonly lambda: number },
  ): void {
    const { kernel, data, packs } = this;
    const table = kernel.ints(packs.length * 8);
    packs.forEach(({ features, cellsAt, countsAt }, p) => {
      table.view.set([features[0]!.bins.at, features[0]!.step, cellsAt, countsAt, 0, 0, 0, 0], p * 8);
      table.view.set(
        features.map(({ width }) => width),
        p * 8 + 4,
      );
    });
    kernel.call.describeGrowth(
      data.features.length,
      this.groups,
      table.at,
      data.rows,
      rows.order,
      kernel.allocate(kernel.threads * BLOCK_BYTES),
      this.cuts,
      this.counted ? this.wholeCounts() : 0,
      this.wholeSums.at,
      limits.minSamplesLeaf,
      limits.minHessian,
      limits.lambda,
    );
  }

  /** The counts of all rows are the same for each tree. @returns where a histogram with them would begin */
  private wholeCounts(): number {
    const { kernel, data, packs, bytes } = this;
    const from = packs[0]?.countsAt ?? bytes;
    const counts = kernel.bytes(bytes - from);
    counts.view.fill(0);
    const start = counts.at - from;
    for (const { features, countsAt } of packs)
      kernel.call.countPack(start + countsAt, features[0]!.bins.at, features[0]!.step, data.rows);
    return start;
  }

  /** Jobs of a split: some for each thread, as one may be slower than another. */
  get groups(): number {
    const { threads } = this.kernel;
    return threads === 1 ? 1 : Math.max(1, Math.min(this.packs.length, threads * 2));
  }

  /** Sums over all rows, found with the histogram of the root. */
  get whole(): Sums {
    const [g, h] = this.wholeSums.view;
    return { count: this.data.rows, g: g!, h: h! };
  }

  take(): number {
    return this.pool.pop() ?? this.kernel.allocate(this.bytes);
  }

  release(histogram: number): void {
    this.pool.push(histogram);
  }

  feature(histogram: number, f: number): FeatureBins {
    const { cellsAt, countsAt } = this.packs[Math.floor(f / PACKED)]!;
    const bins = this.data.features[f]!.width + 1;
    const k = f % PACKED;
    const all = this.kernel.doublesAt(histogram + cellsAt, bins * PACKED * 2);
    const cells = Float64Array.from(
      { length: bins * 2 },
      (_, i) => all[((i >> 1) * PACKED + k) * 2 + (i & 1)]!,
    );
    const counts = this.counted ? this.kernel.intsAt(histogram + countsAt, bins * PACKED) : undefined;
    return {
      cells,
      counts: Int32Array.from(
        { length: bins },
        (_, bin) => counts?.[bin * PACKED + k] ?? cells[bin * 2 + 1]!,
      ),
    };
  }

  /** Of the best cut that the kernel found of a feature: of the larger of two children, or the smaller. */
  gain(f: number, larger: boolean): number {
    return this.cutDoubles[(f * 2 + (larger ? 1 : 0)) * 4]!;
  }

  /** Writes the best cut that the kernel found of a feature. */
  readCut(f: number, larger: boolean, cut: Cut): void {
    const at = f * 2 + (larger ? 1 : 0);
    cut.gain = this.cutDoubles[at * 4]!;
    cut.feature = f;
    cut.leftG = this.cutDoubles[at * 4 + 1]!;
    cut.leftH = this.cutDoubles[at * 4 + 2]!;
    cut.bin = this.cutInts[at * 8 + 6]!;
    cut.missingLeft = this.cutInts[at * 8 + 7] === 1;
    cut.categories = undefined;
  }
}
