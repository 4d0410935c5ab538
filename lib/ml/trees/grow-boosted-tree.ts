/**
 * One tree of a boosted ensemble: leaf by leaf, the most gainful first, over histograms of which only the smaller
 * child's is built and the larger's is its parent's less that one (G. Ke et al., "LightGBM", NeurIPS 2017).
 */
import { JobKind, type Doubles, type Kernel, type Region } from '../kernel/kernel';
import { thresholdBetween, type Binned } from './binned';
import { Histograms, type Sums } from './histograms';
import { noCut, scanCategories, type Cut, type ScanLimits } from './scan-categories';
import { TreeBuilder, type Tree } from './tree';

export interface BoostedTreeOptions {
  readonly learningRate: number;
  readonly maxLeafNodes: number;
  readonly maxDepth: number | null;
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
}

interface Leaf extends Sums {
  readonly node: number;
  /** Its rows lie in the order array from here … */
  readonly start: number;
  /** … to before here. */
  readonly end: number;
  readonly depth: number;
  /** Address; nothing when it is not split. */
  readonly histogram: number | undefined;
  readonly cut: Cut;
}

/** As in scikit-learn: a side with less says nothing. */
const MIN_HESSIAN = 1e-3;
/** Less is rounding. */
const MIN_GAIN = 1e-9;

/** Keeps the memory that growing needs, so that a hundred trees allocate it once. */
export class BoostedTreeGrower {
  /** Of each row the gradient and the hessian of the loss in its raw score; both 0 for a weight of 0. */
  readonly gradients: Doubles;
  private readonly order: Region<Int32Array>;
  private readonly spare: number;
  private readonly sides: Region<Uint8Array>;
  private readonly sums: Doubles;
  private readonly histograms: Histograms;
  private readonly limits: ScanLimits;

  constructor(
    private readonly kernel: Kernel,
    private readonly data: Binned,
    private readonly options: BoostedTreeOptions,
  ) {
    this.gradients = kernel.doubles(data.rows * 2 + 2);
    this.order = kernel.ints(data.rows);
    this.spare = kernel.allocate(data.rows * 4 + 4);
    this.sides = kernel.bytes(256);
    this.sums = kernel.doubles(2);
    this.histograms = new Histograms(kernel, data);
    this.limits = {
      minSamplesLeaf: options.minSamplesLeaf,
      minHessian: MIN_HESSIAN,
      lambda: options.l2Regularization,
    };
    this.histograms.describe(this.order.at, this.gradients.at, this.limits);
  }

  /** @param raw the scores; the leaf's value is added to those of its rows */
  grow(raw: Doubles): Tree {
    const { options, order, kernel, histograms, data } = this;
    const builder = new TreeBuilder(1);
    for (let row = 0; row < data.rows; row++) order.view[row] = row;
    kernel.call.sumRows(this.sums.at, this.gradients.at, data.rows);
    const whole: Sums = { count: data.rows, g: this.sums.view[0]!, h: this.sums.view[1]! };
    const root = histograms.take();
    this.growChildren(0, root, undefined, whole, { count: 0, g: 0, h: 0 });
    const leaves: Leaf[] = [this.leaf(builder, 0, whole, 0, root, false)];
    while (leaves.length < options.maxLeafNodes) {
      let at = 0;
      for (let i = 1; i < leaves.length; i++) if (leaves[i]!.cut.gain > leaves[at]!.cut.gain) at = i;
      const leaf = leaves[at]!;
      if (leaf.cut.gain <= MIN_GAIN || leaf.histogram === undefined) break;
      const last = leaves.length + 1 >= options.maxLeafNodes;
      leaves.splice(at, 1, ...this.split(builder, leaf, leaf.histogram, last));
    }
    for (const leaf of leaves) {
      const value = Math.fround((-leaf.g / (leaf.h + options.l2Regularization)) * options.learningRate);
      builder.value[leaf.node] = Number.isFinite(value) ? value : 0;
      kernel.call.addToRows(raw.at, order.at + leaf.start * 4, leaf.count, builder.value[leaf.node]!);
      if (leaf.histogram !== undefined) histograms.release(leaf.histogram);
    }
    return builder.finish();
  }

  private split(builder: TreeBuilder, leaf: Leaf, histogram: number, last: boolean): [Leaf, Leaf] {
    const { cut } = leaf;
    // Before the histogram becomes that of the larger side.
    const rowsOf =
      cut.categories === undefined ? undefined : this.histograms.feature(histogram, cut.feature).counts;
    const middle = this.partition(leaf);
    const leftSums: Sums = { count: middle - leaf.start, g: cut.leftG, h: cut.leftH };
    const rightSums: Sums = { count: leaf.end - middle, g: leaf.g - cut.leftG, h: leaf.h - cut.leftH };
    const leftSmaller = leftSums.count <= rightSums.count;
    const depth = leaf.depth + 1;
    const deep = last || (this.options.maxDepth !== null && depth >= this.options.maxDepth);
    let small: number | undefined;
    if (deep) this.histograms.release(histogram);
    else {
      small = this.histograms.take();
      if (leftSmaller) this.growChildren(leaf.start, small, histogram, leftSums, rightSums);
      else this.growChildren(middle, small, histogram, rightSums, leftSums);
    }
    const large = deep ? undefined : histogram;
    const [leftHistogram, rightHistogram] = leftSmaller ? [small, large] : [large, small];
    const left = this.leaf(builder, leaf.start, leftSums, depth, leftHistogram, !leftSmaller);
    const right = this.leaf(builder, middle, rightSums, depth, rightHistogram, leftSmaller);
    const feature = this.data.features[cut.feature]!;
    if (cut.categories === undefined) {
      builder.split(
        leaf.node,
        {
          feature: cut.feature,
          threshold: thresholdBetween(feature, cut.bin, cut.bin + 1),
          // Where no missing value was seen, one goes to the larger side.
          missingLeft: feature.missing ? cut.missingLeft : !leftSmaller,
          gain: cut.gain,
        },
        left.node,
        right.node,
      );
      return [left, right];
    }
    // The chain lists one side's categories; all else, and so what was never seen, takes the other side: that of the
    // missing values, or the larger one.
    const unseenLeft = feature.missing ? cut.missingLeft : !leftSmaller;
    const categories = Array.from({ length: feature.width }, (_, bin) => bin).filter(
      (bin) => cut.categories?.includes(bin) !== unseenLeft,
    );
    const [listed, others] = unseenLeft ? [right, left] : [left, right];
    let node = leaf.node;
    categories.forEach((bin, i) => {
      const rest = builder.cover[node]! - (rowsOf?.[bin] ?? 0);
      const following = i + 1 < categories.length ? builder.leaf(rest) : others.node;
      builder.split(
        node,
        {
          feature: cut.feature,
          threshold: feature.low.view[bin]!,
          equals: true,
          gain: i === 0 ? cut.gain : 0,
        },
        listed.node,
        following,
      );
      node = following;
    });
    return [left, right];
  }

  /** Histograms and cuts of two children, the smaller one's from its rows. */
  private growChildren(
    start: number,
    small: number,
    parent: number | undefined,
    smaller: Sums,
    larger: Sums,
  ): void {
    const { call } = this.kernel;
    call.describeChildren(
      start,
      start + smaller.count,
      small,
      parent ?? 0,
      larger.count,
      smaller.g,
      smaller.h,
      larger.g,
      larger.h,
    );
    this.kernel.run(JobKind.growChildren, this.histograms.groups);
  }

  /** @param larger of the two children whose histograms were just made */
  private leaf(
    builder: TreeBuilder,
    start: number,
    sums: Sums,
    depth: number,
    histogram: number | undefined,
    larger: boolean,
  ): Leaf {
    const node = builder.leaf(sums.count);
    const cut = histogram === undefined ? noCut() : this.bestCut(sums, histogram, larger);
    return { node, start, end: start + sums.count, depth, histogram, ...sums, cut };
  }

  private bestCut(sums: Sums, histogram: number, larger: boolean): Cut {
    const best = noCut();
    this.data.features.forEach((feature, f) => {
      if (feature.categorical) {
        scanCategories(this.histograms.feature(histogram, f), feature.width, sums, f, this.limits, best);
        return;
      }
      const found = this.histograms.cut(f, larger);
      if (found.gain <= best.gain) return;
      best.gain = found.gain;
      best.feature = f;
      best.bin = found.bin;
      best.missingLeft = found.missingLeft;
      best.leftG = found.g;
      best.leftH = found.h;
      best.categories = undefined;
    });
    return best;
  }

  /** Moves the left side's rows to the front, both sides in their order. Returns where the right side begins. */
  private partition({ start, end, cut }: Leaf): number {
    const { bins, step, width } = this.data.features[cut.feature]!;
    const sides = this.sides.view.fill(0);
    if (cut.categories !== undefined) for (const bin of cut.categories) sides[bin] = 1;
    else {
      sides.fill(1, 0, cut.bin + 1);
      sides[width] = cut.missingLeft ? 1 : 0;
    }
    const { call } = this.kernel;
    return call.partition(this.order.at, this.spare, start, end, bins.at, step, this.sides.at);
  }
}
