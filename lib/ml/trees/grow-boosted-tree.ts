/**
 * One tree of a boosted ensemble: leaf by leaf, the most gainful first, over histograms of which only the smaller
 * child's is built and the larger's is its parent's less that one (G. Ke et al., "LightGBM", NeurIPS 2017).
 */
import { JobKind, type Doubles, type Kernel } from '../kernel/kernel';
import type { Binned } from './binned';
import { forgetCut, noCut, type Cut } from './cut';
import { Histograms } from './histograms';
import { LeafRows } from './leaf-rows';
import type { RowGradients } from './row-gradients';
import { scanCategories, type ScanLimits } from './scan-categories';
import { splitNode } from './split-node';
import { TreeBuilder, type Tree } from './tree';

export interface BoostedTreeOptions {
  readonly learningRate: number;
  readonly maxLeafNodes: number;
  readonly maxDepth: number | null;
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
}

/** A hundred trees of many leaves would leave much behind: each number has one object, which they share. */
interface Leaf {
  /** Of its rows (`LeafRows`). */
  readonly number: number;
  node: number;
  depth: number;
  count: number;
  /** Sums of its rows. */
  g: number;
  h: number;
  /** Address; nothing when it is not split, or without one. */
  histogram: number | undefined;
  readonly cut: Cut;
  /** Rows of each bin of a categorical cut, when the histogram is gone. */
  rowsOfBins: Int32Array | undefined;
}

/** As in scikit-learn: a side with less says nothing. */
const MIN_HESSIAN = 1e-3;
/** Less is rounding. */
const MIN_GAIN = 1e-9;

/** Keeps the memory that growing needs, so that a hundred trees allocate it once. */
export class BoostedTreeGrower {
  private readonly rows: LeafRows;
  private readonly histograms: Histograms;
  private readonly limits: ScanLimits;
  private readonly leaves: Leaf[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly data: Binned,
    private readonly options: BoostedTreeOptions,
    gradients: Pick<RowGradients, 'counted'>,
  ) {
    this.rows = new LeafRows(kernel, data.rows);
    this.histograms = new Histograms(kernel, data, gradients.counted);
    this.limits = {
      minSamplesLeaf: options.minSamplesLeaf,
      minHessian: MIN_HESSIAN,
      lambda: options.l2Regularization,
    };
    this.histograms.describe(this.rows, this.limits);
  }

  /** @param raw the scores; the leaf's value is added to those of its rows */
  grow(raw: Doubles): Tree {
    const { options, histograms, data } = this;
    const builder = new TreeBuilder(1);
    this.rows.restart();
    const first = this.leaf(0);
    first.node = builder.leaf(data.rows);
    first.depth = 0;
    first.count = data.rows;
    first.histogram = histograms.take();
    this.growChildren(first, undefined);
    first.g = histograms.whole.g;
    first.h = histograms.whole.h;
    this.findCut(first, false);
    const leaves = [first];
    while (leaves.length < options.maxLeafNodes) {
      let at = 0;
      for (let i = 1; i < leaves.length; i++) if (leaves[i]!.cut.gain > leaves[at]!.cut.gain) at = i;
      if (leaves[at]!.cut.gain <= MIN_GAIN) break;
      this.split(builder, leaves, at);
      this.releaseUnneeded(leaves);
    }
    for (const leaf of leaves) {
      const value = Math.fround((-leaf.g / (leaf.h + options.l2Regularization)) * options.learningRate);
      builder.value[leaf.node] = Number.isFinite(value) ? value : 0;
      this.rows.add(raw, leaf.number, builder.value[leaf.node]!);
      if (leaf.histogram !== undefined) histograms.release(leaf.histogram);
    }
    return builder.finish();
  }

  /**
   * Lets go of histograms that no split will ask for: each split takes the most gainful leaf, so one with as many before
   * it as there are splits left is never taken, and the children of the last split need none.
   */
  private releaseUnneeded(leaves: readonly Leaf[]): void {
    let held = 0;
    for (let i = 0; i < leaves.length; i++) {
      if (leaves[i]!.cut.gain <= MIN_GAIN) this.release(leaves[i]!);
      else if (leaves[i]!.histogram !== undefined) held++;
    }
    for (; held > Math.max(0, this.options.maxLeafNodes - leaves.length - 1); held--) {
      // Of those with the same gain the last, as the first would be taken first.
      let least: Leaf | undefined;
      for (let i = 0; i < leaves.length; i++) {
        const leaf = leaves[i]!;
        if (leaf.histogram !== undefined && (least === undefined || leaf.cut.gain <= least.cut.gain))
          least = leaf;
      }
      this.release(least!);
    }
  }

  private release(leaf: Leaf): void {
    if (leaf.histogram === undefined) return;
    leaf.rowsOfBins = this.rowsOfBins(leaf);
    this.histograms.release(leaf.histogram);
    leaf.histogram = undefined;
  }

  /** Rows of each bin of a categorical cut. */
  private rowsOfBins({ cut, histogram, rowsOfBins }: Leaf): Int32Array | undefined {
    if (cut.categories === undefined || histogram === undefined) return rowsOfBins;
    return this.histograms.feature(histogram, cut.feature).counts;
  }

  /** Parts a leaf in two, the second behind the first. */
  private split(builder: TreeBuilder, leaves: Leaf[], at: number): void {
    const left = leaves[at]!;
    const right = this.leaf(leaves.length);
    leaves.splice(at + 1, 0, right);
    const { cut, histogram } = left;
    const feature = this.data.features[cut.feature]!;
    this.markLeft(cut);
    const leftCount = this.rows.part(left.number, feature, right.number);
    right.count = left.count - leftCount;
    left.count = leftCount;
    const leftSmaller = left.count <= right.count;
    const { node } = left;
    left.node = builder.leaf(left.count);
    right.node = builder.leaf(right.count);
    // Before the histogram becomes that of the larger side.
    const rowsOfBins = this.rowsOfBins(left);
    splitNode(builder, node, cut, feature, [left.node, right.node], !leftSmaller, rowsOfBins);

    right.g = left.g - cut.leftG;
    right.h = left.h - cut.leftH;
    left.g = cut.leftG;
    left.h = cut.leftH;
    left.depth = right.depth = left.depth + 1;
    const [small, large] = leftSmaller ? [left, right] : [right, left];
    const { maxDepth, maxLeafNodes } = this.options;
    if (leaves.length >= maxLeafNodes || (maxDepth !== null && left.depth >= maxDepth)) {
      if (histogram !== undefined) this.histograms.release(histogram);
      small.histogram = large.histogram = undefined;
    } else {
      small.histogram = this.histograms.take();
      large.histogram = histogram!;
      this.growChildren(small, large);
    }
    this.findCut(left, !leftSmaller);
    this.findCut(right, leftSmaller);
  }

  /** Says the bins of the rows that go left. */
  private markLeft(cut: Cut): void {
    const sides = this.rows.sides.view.fill(0);
    if (cut.categories !== undefined) for (const bin of cut.categories) sides[bin] = 1;
    else {
      sides.fill(1, 0, cut.bin + 1);
      sides[this.data.features[cut.feature]!.width] = cut.missingLeft ? 1 : 0;
    }
  }

  /**
   * Histograms and cuts of two children, the smaller one's from its rows.
   * @param large has that of their parent; nothing for the root
   */
  private growChildren(small: Leaf, large: Leaf | undefined): void {
    this.kernel.call.describeChildren(
      this.rows.spanOf(small.number),
      small.count,
      small.histogram!,
      large?.histogram ?? 0,
      large?.count ?? 0,
      small.g,
      small.h,
      large?.g ?? 0,
      large?.h ?? 0,
    );
    this.kernel.run(JobKind.growChildren, this.histograms.groups);
  }

  private leaf(number: number): Leaf {
    return (this.leaves[number] ??= {
      number,
      node: 0,
      depth: 0,
      count: 0,
      g: 0,
      h: 0,
      histogram: undefined,
      cut: noCut(),
      rowsOfBins: undefined,
    });
  }

  /** The best cut of a leaf, none without a histogram. @param larger of the two children whose histograms were just made */
  private findCut(leaf: Leaf, larger: boolean): void {
    const { data, histograms, limits } = this;
    const { cut, histogram } = leaf;
    leaf.rowsOfBins = undefined;
    forgetCut(cut);
    if (histogram === undefined) return;
    for (let f = 0; f < data.features.length; f++) {
      const { categorical, width } = data.features[f]!;
      if (categorical) scanCategories(histograms.feature(histogram, f), width, leaf, f, limits, cut);
      else if (histograms.gain(f, larger) > cut.gain) histograms.readCut(f, larger, cut);
    }
  }
}
