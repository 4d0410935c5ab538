/**
 * One tree of a boosted ensemble: leaf by leaf, the most gainful first, over histograms of which only the smaller
 * child's is built and the larger's is its parent's less that one (G. Ke et al., "LightGBM", NeurIPS 2017).
 */
import { thresholdBetween, type Binned } from './binned';
import { noCut, scanCategories, scanNumbers, type Cut } from './split-scan';
import { TreeBuilder, type Tree } from './tree';

export interface BoostedTreeOptions {
  readonly learningRate: number;
  readonly maxLeafNodes: number;
  readonly maxDepth: number | null;
  readonly minSamplesLeaf: number;
  readonly l2Regularization: number;
}

interface Leaf {
  readonly node: number;
  /** Its rows lie in the order array from here … */
  readonly start: number;
  /** … to before here. */
  readonly end: number;
  readonly depth: number;
  readonly histogram: Float64Array | undefined;
  readonly g: number;
  readonly h: number;
  readonly cut: Cut;
}

/** As in scikit-learn: a side with less says nothing. */
const MIN_HESSIAN = 1e-3;
/** Less is rounding. */
const MIN_GAIN = 1e-9;

/** Keeps the memory that growing needs, so that a hundred trees allocate it once. */
export class BoostedTreeGrower {
  private readonly order: Int32Array;
  private readonly spare: Int32Array;
  private readonly orderedG: Float64Array;
  private readonly orderedH: Float64Array;
  private readonly offsets: readonly number[];
  private readonly size: number;
  private readonly pool: Float64Array[] = [];

  /** @param rows the rows to learn from; all of the data when left out */
  constructor(
    private readonly data: Binned,
    private readonly options: BoostedTreeOptions,
    private readonly rows: Int32Array = Int32Array.from({ length: data.rows }, (_, i) => i),
  ) {
    this.order = new Int32Array(rows.length);
    this.spare = new Int32Array(rows.length);
    this.orderedG = new Float64Array(rows.length);
    this.orderedH = new Float64Array(rows.length);
    let size = 0;
    this.offsets = data.features.map((feature) => {
      const offset = size;
      size += (feature.width + 1) * 3;
      return offset;
    });
    this.size = size;
  }

  /**
   * @param gradient,hessian of the loss in each row's raw score; rows of weight 0 have both 0
   * @param raw the scores; the leaf's value is added to those of the rows it learned from
   */
  grow(gradient: Float64Array, hessian: Float64Array, raw: Float64Array): Tree {
    const { options, order } = this;
    const builder = new TreeBuilder(1);
    order.set(this.rows);
    const root = this.histogramOf(0, order.length, gradient, hessian);
    let g = 0;
    let h = 0;
    for (const row of order) {
      g += gradient[row]!;
      h += hessian[row]!;
    }
    const leaves: Leaf[] = [this.leaf(builder, 0, order.length, 0, root, g, h)];
    while (leaves.length < options.maxLeafNodes) {
      let at = 0;
      for (let i = 1; i < leaves.length; i++) if (leaves[i]!.cut.gain > leaves[at]!.cut.gain) at = i;
      const leaf = leaves[at]!;
      if (leaf.cut.gain <= MIN_GAIN || leaf.histogram === undefined) break;
      const last = leaves.length + 1 >= options.maxLeafNodes;
      leaves.splice(at, 1, ...this.split(builder, leaf, leaf.histogram, gradient, hessian, last));
    }
    for (const leaf of leaves) {
      const value = Math.fround((-leaf.g / (leaf.h + options.l2Regularization)) * options.learningRate);
      builder.value[leaf.node] = Number.isFinite(value) ? value : 0;
      for (let i = leaf.start; i < leaf.end; i++) raw[order[i]!]! += builder.value[leaf.node]!;
      if (leaf.histogram !== undefined) this.pool.push(leaf.histogram);
    }
    return builder.finish();
  }

  private split(
    builder: TreeBuilder,
    leaf: Leaf,
    histogram: Float64Array,
    gradient: Float64Array,
    hessian: Float64Array,
    last: boolean,
  ): [Leaf, Leaf] {
    const { cut } = leaf;
    // Before the histogram becomes that of the larger side.
    const rowsOf = cut.categories === undefined ? undefined : this.binCounts(histogram, cut.feature);
    const middle = this.partition(leaf);
    const leftSmaller = middle - leaf.start <= leaf.end - middle;
    const depth = leaf.depth + 1;
    const deep = last || (this.options.maxDepth !== null && depth >= this.options.maxDepth);
    let small: Float64Array | undefined;
    let large: Float64Array | undefined;
    if (deep) this.pool.push(histogram);
    else {
      small = leftSmaller
        ? this.histogramOf(leaf.start, middle, gradient, hessian)
        : this.histogramOf(middle, leaf.end, gradient, hessian);
      for (let i = 0; i < histogram.length; i++) histogram[i]! -= small[i]!;
      large = histogram;
    }
    const [leftHistogram, rightHistogram] = leftSmaller ? [small, large] : [large, small];
    const left = this.leaf(builder, leaf.start, middle, depth, leftHistogram, cut.leftG, cut.leftH);
    const right = this.leaf(
      builder,
      middle,
      leaf.end,
      depth,
      rightHistogram,
      leaf.g - cut.leftG,
      leaf.h - cut.leftH,
    );
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
        { feature: cut.feature, threshold: feature.low[bin]!, equals: true, gain: i === 0 ? cut.gain : 0 },
        listed.node,
        following,
      );
      node = following;
    });
    return [left, right];
  }

  private leaf(
    builder: TreeBuilder,
    start: number,
    end: number,
    depth: number,
    histogram: Float64Array | undefined,
    g: number,
    h: number,
  ): Leaf {
    const { options } = this;
    const cut = noCut();
    const node = builder.leaf(end - start);
    if (histogram !== undefined) {
      const limits = {
        minSamplesLeaf: options.minSamplesLeaf,
        minHessian: MIN_HESSIAN,
        lambda: options.l2Regularization,
      };
      this.data.features.forEach((feature, f) => {
        const offset = this.offsets[f]!;
        if (feature.categorical)
          scanCategories(histogram, offset, feature.width, g, h, end - start, f, limits, cut);
        else
          scanNumbers(histogram, offset, feature.width, feature.missing, g, h, end - start, f, limits, cut);
      });
    }
    return { node, start, end, depth, histogram, g, h, cut };
  }

  private binCounts(histogram: Float64Array, feature: number): number[] {
    const offset = this.offsets[feature]!;
    return Array.from(
      { length: this.data.features[feature]!.width + 1 },
      (_, bin) => histogram[offset + bin * 3 + 2]!,
    );
  }

  /** Moves the left side's rows to the front, both sides in their order. Returns where the right side begins. */
  private partition({ start, end, cut }: Leaf): number {
    const { order, spare } = this;
    const { bins, width } = this.data.features[cut.feature]!;
    const goesLeft = new Uint8Array(width + 1);
    if (cut.categories !== undefined) for (const bin of cut.categories) goesLeft[bin] = 1;
    else goesLeft.fill(1, 0, cut.bin + 1);
    if (cut.categories === undefined) goesLeft[width] = cut.missingLeft ? 1 : 0;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = order[i]!;
      // Without a branch, which would be foretold wrongly half of the time.
      const side = goesLeft[bins[row]!]!;
      order[left] = row;
      spare[right] = row;
      left += side;
      right += 1 - side;
    }
    order.set(spare.subarray(0, right), left);
    return left;
  }

  private histogramOf(
    start: number,
    end: number,
    gradient: Float64Array,
    hessian: Float64Array,
  ): Float64Array {
    const histogram = this.pool.pop()?.fill(0) ?? new Float64Array(this.size);
    const rows = this.order.subarray(start, end);
    const { orderedG, orderedH, offsets } = this;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      orderedG[i] = gradient[row]!;
      orderedH[i] = hessian[row]!;
    }
    const { features } = this.data;
    const bins = (f: number) => features[f]!.bins as Uint8Array;
    let f = 0;
    for (; f + 1 < features.length; f += 2)
      fillTwo(histogram, offsets[f]!, offsets[f + 1]!, bins(f), bins(f + 1), rows, orderedG, orderedH);
    if (f < features.length) fillOne(histogram, offsets[f]!, bins(f), rows, orderedG, orderedH);
    return histogram;
  }
}

// The hot loops: everything in them is a typed array of one kind. Two features at once read each row once.
function fillTwo(
  histogram: Float64Array,
  offsetA: number,
  offsetB: number,
  binsA: Uint8Array,
  binsB: Uint8Array,
  rows: Int32Array,
  g: Float64Array,
  h: Float64Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const gradient = g[i]!;
    const hessian = h[i]!;
    const a = offsetA + binsA[row]! * 3;
    histogram[a]! += gradient;
    histogram[a + 1]! += hessian;
    histogram[a + 2]!++;
    const b = offsetB + binsB[row]! * 3;
    histogram[b]! += gradient;
    histogram[b + 1]! += hessian;
    histogram[b + 2]!++;
  }
}

function fillOne(
  histogram: Float64Array,
  offset: number,
  bins: Uint8Array,
  rows: Int32Array,
  g: Float64Array,
  h: Float64Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const at = offset + bins[rows[i]!]! * 3;
    histogram[at]! += g[i]!;
    histogram[at + 1]! += h[i]!;
    histogram[at + 2]!++;
  }
}
