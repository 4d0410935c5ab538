/**
 * One classification or regression tree, depth first. L. Breiman et al., "Classification and Regression Trees", 1984;
 * random cuts of P. Geurts, D. Ernst and L. Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006.
 *
 * 1. A node's rows are a stretch of one array, which a split reorders in place, each side in its old order.
 * 2. A node with far fewer rows than the feature has bins sorts its rows instead of filling a histogram; both ways
 *    give the same cuts.
 * 3. Where no cut lowers the impurity the best of them is made all the same, as scikit-learn does.
 */
import type { Matrix } from '../matrix';
import type { Random } from '../random';
import { thresholdBetween, type Binned, type BinnedFeature } from './binned';
import { scanClasses } from './scan-classes';
import { noCut, scanNumbers, type Cut } from './split-scan';
import { TreeBuilder, type Tree } from './tree';

export type Target =
  | { readonly kind: 'classes'; readonly y: Int32Array; readonly classes: number }
  | { readonly kind: 'numbers'; readonly y: Float64Array };

export interface TreeOptions {
  readonly maxDepth: number | null;
  /** Fewer rows are not split. */
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  /** Least fall of the impurity, as a share of all weight. */
  readonly minImpurityDecrease: number;
  /** Features looked at per node; more while none of them can be cut. */
  readonly maxFeatures: number;
  readonly criterion: 'gini' | 'entropy';
  /** The best cut of each feature, or one at random between its least and its greatest value. */
  readonly splitter: 'best' | 'random';
}

interface Open {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

export class TreeGrower {
  private readonly order: Int32Array;
  private readonly spare: Int32Array;
  /** Of the node's rows in turn: weight × target and weight; for `scanClasses` the class and the weight. */
  private readonly nodeG: Float64Array;
  private readonly nodeH: Float64Array;
  private readonly keys: Float64Array;
  /** For random cuts: values row by row, so that what a node looks at of a row lies together. */
  private readonly values: Float32Array;
  /** Of the node's rows in turn: values of the feature that is cut at random. */
  private readonly drawn: Float32Array;
  private readonly histogram: Float64Array;
  private readonly features: Int32Array;
  private readonly centred: Float64Array;
  private readonly centre: number;
  /** Two classes under Gini are numbers 0 and 1 under squared error. */
  private readonly asClasses: boolean;
  private readonly channels: number;
  private readonly outputs: number;

  /** @param data bins of `x`, which random cuts do without: `unbinned` */
  constructor(
    private readonly data: Binned,
    x: Matrix,
    private readonly target: Target,
    private readonly options: TreeOptions,
  ) {
    const { rows } = data;
    const classes = target.kind === 'classes' ? target.classes : 1;
    this.outputs = classes;
    this.asClasses = target.kind === 'classes' && (classes > 2 || options.criterion === 'entropy');
    this.channels = this.asClasses ? classes + 1 : 3;
    this.order = new Int32Array(rows);
    this.spare = new Int32Array(rows);
    this.nodeG = new Float64Array(rows);
    this.nodeH = new Float64Array(rows);
    this.keys = new Float64Array(rows);
    this.drawn = new Float32Array(rows);
    this.values = options.splitter === 'random' ? rowMajor(x) : new Float32Array();
    const widest =
      options.splitter === 'random' ? 2 : Math.max(1, ...data.features.map((feature) => feature.width));
    this.histogram = new Float64Array((widest + 1) * this.channels);
    this.features = Int32Array.from(data.features, (_, f) => f);
    this.centre = target.kind === 'numbers' ? target.y.reduce((sum, value) => sum + value, 0) / rows : 0;
    this.centred = Float64Array.from(target.y, (value) => value - this.centre);
  }

  /** @param weights of all rows; those with 0 take no part */
  grow(weights: Float64Array, random: Random): Tree {
    // Drawing reorders them, and a tree is not to depend on those grown before.
    this.features.forEach((_, f, features) => (features[f] = f));
    const { options, order } = this;
    const builder = new TreeBuilder(this.outputs);
    let rows = 0;
    let whole = 0;
    for (let row = 0; row < weights.length; row++) {
      if (weights[row] === 0) continue;
      order[rows++] = row;
      whole += weights[row]!;
    }
    const scale = this.asClasses || this.target.kind === 'numbers' ? 1 : 2;
    const open: Open[] = [{ node: builder.leaf(), start: 0, end: rows, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, start, end, depth } = next;
      const totals = this.enter(builder, node, start, end, weights);
      const count = end - start;
      if (
        totals.pure ||
        count < options.minSamplesSplit ||
        count < 2 * options.minSamplesLeaf ||
        (options.maxDepth !== null && depth >= options.maxDepth)
      )
        continue;
      const { cut, threshold } = this.bestCut(start, end, totals, random);
      if (cut.feature < 0 || (scale * cut.gain) / whole + 1e-12 < options.minImpurityDecrease) continue;
      const feature = this.data.features[cut.feature]!;
      const middle =
        threshold === undefined
          ? this.partition(feature, cut, start, end)
          : this.partitionValues(cut, threshold, start, end);
      const left = builder.leaf();
      const right = builder.leaf();
      builder.split(
        node,
        {
          feature: cut.feature,
          threshold: threshold ?? thresholdBetween(feature, cut.bin, cut.next),
          // Where no missing value was seen, one goes to the larger side.
          missingLeft: feature.missing ? cut.missingLeft : middle - start > end - middle,
          gain: Math.max(0, scale * cut.gain),
        },
        left,
        right,
      );
      open.push({ node: right, start: middle, end, depth: depth + 1 });
      open.push({ node: left, start, end: middle, depth: depth + 1 });
    }
    return builder.finish();
  }

  /** Writes the node's values and gathers its rows' targets. */
  private enter(
    builder: TreeBuilder,
    node: number,
    start: number,
    end: number,
    weights: Float64Array,
  ): { g: number; h: number; classes: Float64Array; pure: boolean } {
    const { order, nodeG, nodeH, centred, asClasses, target, outputs } = this;
    const totals = new Float64Array(outputs);
    let g = 0;
    let h = 0;
    const first = centred[order[start]!]!;
    let pure = true;
    for (let i = start; i < end; i++) {
      const row = order[i]!;
      const weight = weights[row]!;
      const y = centred[row]!;
      if (y !== first) pure = false;
      if (target.kind === 'classes') totals[y]! += weight;
      nodeG[i - start] = asClasses ? y : y * weight;
      nodeH[i - start] = weight;
      g += y * weight;
      h += weight;
    }
    builder.cover[node] = h;
    for (let k = 0; k < outputs; k++)
      builder.value[node * outputs + k] = Math.fround(
        target.kind === 'classes' ? totals[k]! / h : this.centre + g / h,
      );
    return { g, h, classes: totals, pure };
  }

  private bestCut(
    start: number,
    end: number,
    totals: { g: number; h: number; classes: Float64Array },
    random: Random,
  ): { cut: Cut; threshold: number | undefined } {
    const { features, options } = this;
    const best = noCut();
    best.gain = Number.NEGATIVE_INFINITY;
    let threshold: number | undefined;
    for (let i = 0; i < features.length; i++) {
      if (i >= options.maxFeatures && best.feature >= 0) break;
      const j = i + random.below(features.length - i);
      const f = features[j]!;
      features[j] = features[i]!;
      features[i] = f;
      if (options.splitter === 'best') this.scan(f, start, end, totals, best);
      else {
        const drawn = this.drawCut(f, start, end, totals, best, random);
        threshold = drawn ?? threshold;
      }
    }
    return { cut: best, threshold };
  }

  private scan(
    f: number,
    start: number,
    end: number,
    totals: { g: number; h: number; classes: Float64Array },
    best: Cut,
  ): void {
    const { histogram, channels, nodeG, nodeH, order, asClasses } = this;
    const {
      bins: { view: bins },
      width,
      missing,
    } = this.data.features[f]!;
    const count = end - start;
    let used = width;
    const sorted = count * 4 < width;
    if (sorted) used = this.fillSorted(bins, width, start, count);
    else {
      histogram.fill(0, 0, (width + 1) * channels);
      if (asClasses) fillClasses(histogram, channels, bins as Uint8Array, order, start, count, nodeG, nodeH);
      else fillNumbers(histogram, bins as Uint8Array, order, start, count, nodeG, nodeH);
    }
    const before = best.gain;
    const limits = { minSamplesLeaf: this.options.minSamplesLeaf, minHessian: 0, lambda: 0 };
    if (asClasses) scanClasses(histogram, used, missing, totals.classes, count, f, this.options, best);
    else scanNumbers(histogram, 0, used, missing, totals.g, totals.h, count, f, limits, best);
    if (sorted && best.gain > before) {
      best.bin = this.keys[best.bin]!;
      best.next = best.next < used ? this.keys[best.next]! : width;
    }
  }

  /** A histogram of only the bins that occur; `keys` gets their numbers. Returns how many, missing values apart. */
  private fillSorted(bins: ArrayLike<number>, width: number, start: number, count: number): number {
    const { keys, histogram, channels, order, nodeG, nodeH, asClasses } = this;
    for (let i = 0; i < count; i++) keys[i] = bins[order[start + i]!]! * count + i;
    sortNumbers(keys, count);
    let used = 0;
    let previous = -1;
    let at = -channels;
    let missing = false;
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      const bin = Math.floor(key / count);
      const row = key - bin * count;
      if (bin !== previous) {
        at += channels;
        histogram.fill(0, at, at + channels);
        previous = bin;
        if (bin === width) missing = true;
        else keys[used++] = bin;
      }
      if (asClasses) {
        histogram[at + nodeG[row]!]! += nodeH[row]!;
        histogram[at + channels - 1]!++;
      } else {
        histogram[at]! += nodeG[row]!;
        histogram[at + 1]! += nodeH[row]!;
        histogram[at + 2]!++;
      }
    }
    if (!missing) histogram.fill(0, used * channels, (used + 1) * channels);
    return used;
  }

  /** Tries one random cut; returns its threshold when it is the best so far. */
  private drawCut(
    f: number,
    start: number,
    end: number,
    totals: { g: number; h: number; classes: Float64Array },
    best: Cut,
    random: Random,
  ): number | undefined {
    const { order, drawn: nodeValues, values, histogram, channels, nodeG, nodeH, asClasses, options } = this;
    const count = end - start;
    const { least, greatest, missing } = gather(
      nodeValues,
      values,
      this.features.length,
      f,
      order,
      start,
      count,
    );
    if (!(greatest > least)) return undefined;
    const uniform = Math.fround(least + random.uniform() * (greatest - least));
    const threshold = uniform < greatest ? uniform : least;
    const missingLeft = missing > 0 && random.uniform() < 0.5;
    const before = best.gain;
    if (asClasses) {
      // A histogram of two bins: the left side and the right side.
      histogram.fill(0, 0, 3 * channels);
      for (let i = 0; i < count; i++) {
        const value = nodeValues[i]!;
        const at = value <= threshold || (missingLeft && value !== value) ? 0 : channels;
        histogram[at + nodeG[i]!]! += nodeH[i]!;
        histogram[at + channels - 1]!++;
      }
      scanClasses(histogram, 2, false, totals.classes, count, f, options, best);
    } else {
      const { g, h, leftCount } = leftSums(nodeValues, count, threshold, missingLeft, nodeG, nodeH);
      if (Math.min(leftCount, count - leftCount) < options.minSamplesLeaf) return undefined;
      const rightG = totals.g - g;
      const gain = (g * g) / h + (rightG * rightG) / (totals.h - h) - (totals.g * totals.g) / totals.h;
      if (gain > best.gain) {
        best.gain = gain;
        best.feature = f;
      }
    }
    if (!(best.gain > before)) return undefined;
    best.missingLeft = missingLeft;
    return threshold;
  }

  /** As `partition`, by values. */
  private partitionValues(
    { feature, missingLeft }: Cut,
    threshold: number,
    start: number,
    end: number,
  ): number {
    const { order, spare, values } = this;
    const stride = this.features.length;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const row = order[i]!;
      const value = values[row * stride + feature]!;
      if (value <= threshold || (missingLeft && value !== value)) order[left++] = row;
      else spare[right++] = row;
    }
    for (let i = 0; i < right; i++) order[left + i] = spare[i]!;
    return left;
  }

  /** Returns where the right side begins. */
  private partition(
    { bins: { view: bins }, width }: BinnedFeature,
    cut: Cut,
    start: number,
    end: number,
  ): number {
    const { order, spare } = this;
    let left = start;
    let right = 0;
    const missingLeft = cut.missingLeft ? 1 : 0;
    const last = cut.bin;
    for (let i = start; i < end; i++) {
      const row = order[i]!;
      const bin = bins[row]!;
      // Without a branch, which would be foretold wrongly half of the time: written to both, counted in one.
      const goesLeft = (1 + ((last - bin) >> 31)) | (missingLeft & (1 + ((bin - width) >> 31)));
      order[left] = row;
      spare[right] = row;
      left += goesLeft;
      right += 1 - goesLeft;
    }
    for (let i = 0; i < right; i++) order[left + i] = spare[i]!;
    return left;
  }
}

export function unbinned(x: Matrix): Binned {
  return {
    rows: x.rows,
    features: x.columns.map((column) => ({
      bins: { at: 0, view: new Uint8Array() },
      width: 0,
      low: new Float32Array(),
      high: new Float32Array(),
      missing: column.some(Number.isNaN),
      categorical: false,
    })),
  };
}

function rowMajor({ rows, columns }: Matrix): Float32Array {
  const values = new Float32Array(rows * columns.length);
  columns.forEach((column, f) => {
    for (let row = 0; row < rows; row++) values[row * columns.length + f] = column[row]!;
  });
  return values;
}

/** Copies the values of some rows; returns their range and how many are missing. */
function gather(
  target: Float32Array,
  values: Float32Array,
  stride: number,
  f: number,
  order: Int32Array,
  start: number,
  count: number,
): { least: number; greatest: number; missing: number } {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  let missing = 0;
  for (let i = 0; i < count; i++) {
    const value = values[order[start + i]! * stride + f]!;
    target[i] = value;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    if (value !== value) missing++;
  }
  return { least, greatest, missing };
}

/** Of the rows up to the threshold. */
function leftSums(
  values: Float32Array,
  count: number,
  threshold: number,
  missingLeft: boolean,
  nodeG: Float64Array,
  nodeH: Float64Array,
): { g: number; h: number; leftCount: number } {
  let g = 0;
  let h = 0;
  let leftCount = 0;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (value <= threshold || (missingLeft && value !== value)) {
      g += nodeG[i]!;
      h += nodeH[i]!;
      leftCount++;
    }
  }
  return { g, h, leftCount };
}

function fillNumbers(
  histogram: Float64Array,
  bins: Uint8Array,
  order: Int32Array,
  start: number,
  count: number,
  g: Float64Array,
  h: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const at = bins[order[start + i]!]! * 3;
    histogram[at]! += g[i]!;
    histogram[at + 1]! += h[i]!;
    histogram[at + 2]!++;
  }
}

function fillClasses(
  histogram: Float64Array,
  channels: number,
  bins: Uint8Array,
  order: Int32Array,
  start: number,
  count: number,
  classes: Float64Array,
  weights: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const at = bins[order[start + i]!]! * channels;
    histogram[at + classes[i]!]! += weights[i]!;
    histogram[at + channels - 1]!++;
  }
}

function sortNumbers(keys: Float64Array, count: number): void {
  if (count > 40) {
    keys.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i++) {
    const key = keys[i]!;
    let j = i - 1;
    for (; j >= 0 && keys[j]! > key; j--) keys[j + 1] = keys[j]!;
    keys[j + 1] = key;
  }
}
