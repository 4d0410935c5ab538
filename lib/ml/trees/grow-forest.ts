/** Trees of forests, grown by the kernel (`source/forest.as`), as many at a time as there are threads. */
import { JobKind, type Kernel } from '../kernel/kernel';
import type { Matrix } from '../matrix';
import type { Binned } from './binned';
import type { Tree } from './tree';

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
  /** Rows drawn with replacement for each tree; 0 for all rows as they are. */
  readonly drawn: number;
}

/** What is cut: bins, at the best place, or values, at random between the least and the greatest. */
export type Splitter =
  { readonly kind: 'best'; readonly data: Binned } | { readonly kind: 'random'; readonly x: Matrix };

/** Flags of `source/forest.as`. */
const IS_CLASS = 1;
const BY_CLASS = 2;
const ENTROPY = 4;
const RANDOM = 8;
const WIDE = 16;

const DEEPEST = 2 ** 30;
/** The highest bit of a width: the feature has missing values. */
const MISSING = -(2 ** 31);

export class ForestGrower {
  private readonly outputs: number;
  private readonly features: number;
  private readonly capacity: number;
  private readonly treeBytes: number;
  private readonly seeds: Int32Array;
  private readonly trees: number;

  /** @param weights of all rows, 1 each when there are none; those with 0 take no part */
  constructor(
    private readonly kernel: Kernel,
    splitter: Splitter,
    target: Target,
    weights: Float64Array | undefined,
    options: TreeOptions,
  ) {
    const rows = target.y.length;
    const classes = target.kind === 'classes' ? target.classes : 1;
    this.outputs = classes;
    // Two classes under Gini are numbers 0 and 1 under squared error.
    const byClass = target.kind === 'classes' && (classes > 2 || options.criterion === 'entropy');
    const wide = splitter.kind === 'best' && splitter.data.features.some(({ bins }) => !bytes(bins.view));
    const flags =
      (target.kind === 'classes' ? IS_CLASS : 0) +
      (byClass ? BY_CLASS + (options.criterion === 'entropy' ? ENTROPY : 0) : 0) +
      (splitter.kind === 'random' ? RANDOM : 0) +
      (wide ? WIDE : 0);
    const centre = target.kind === 'numbers' ? meanOf(target.y) : 0;
    const centred = kernel.doubles(rows);
    for (let row = 0; row < rows; row++) centred.view[row] = target.y[row]! - centre;
    const weight = kernel.doubles(rows);
    if (weights === undefined) weight.view.fill(1);
    else weight.view.set(weights);
    const features = splitter.kind === 'best' ? splitter.data.features.length : splitter.x.columns.length;
    this.features = features;
    const widest =
      splitter.kind === 'best' ? Math.max(1, ...splitter.data.features.map(({ width }) => width)) : 2;
    kernel.call.describeForest(
      rows,
      features,
      tableOf(kernel, splitter),
      splitter.kind === 'random' ? rowMajor(kernel, splitter.x) : 0,
      centred.at,
      weight.at,
      classes,
      flags,
      options.maxDepth ?? DEEPEST,
      options.minSamplesSplit,
      options.minSamplesLeaf,
      options.maxFeatures,
      options.drawn,
      widest,
      options.minImpurityDecrease,
      centre,
    );
    this.capacity = mostNodes(rows, options);
    this.treeBytes = roundUp(16 + this.capacity * (2 * 8 + 5 * 4 + this.outputs * 4));
    const scratchBytes = roundUp(
      kernel.call.forestScratchBytes(rows, features, widest, this.outputs, byClass ? classes : 2),
    );
    const seeds = kernel.ints(kernel.threads);
    this.seeds = seeds.view;
    this.trees = kernel.allocate(this.treeBytes * kernel.threads);
    kernel.call.describeTrees(
      seeds.at,
      this.trees,
      this.treeBytes,
      this.capacity,
      kernel.allocate(scratchBytes * kernel.threads),
      scratchBytes,
    );
  }

  /** One tree for each seed. */
  grow(seeds: readonly number[]): Tree[] {
    const trees: Tree[] = [];
    for (let from = 0; from < seeds.length; from += this.kernel.threads) {
      const wave = seeds.slice(from, from + this.kernel.threads);
      this.seeds.set(wave);
      this.kernel.run(JobKind.growForestTree, wave.length);
      wave.forEach((_, job) => trees.push(this.read(this.trees + job * this.treeBytes)));
    }
    return trees;
  }

  /** Copies a tree out of the kernel's memory. */
  private read(at: number): Tree {
    const { kernel, capacity, outputs } = this;
    const size = kernel.intsAt(at, 1)[0]!;
    const gain = at + 16 + capacity * 8;
    const place = (array: number) => gain + capacity * (8 + array * 4);
    const ints = (array: number) => kernel.intsAt(place(array), size);
    const floats = (array: number, length: number) => kernel.floatsAt(place(array), length).slice();
    return {
      outputs,
      feature: narrowed(ints(0), this.features),
      threshold: floats(1, size),
      equals: new Uint8Array(size),
      missingLeft: new Uint8Array(ints(2)),
      left: ints(3).slice(),
      right: ints(4).slice(),
      value: floats(5, size * outputs),
      cover: halved(kernel.doublesAt(at + 16, size)),
      gain: kernel.doublesAt(gain, size).slice(),
    };
  }
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row]!;
  return sum / values.length;
}

/** A copy of numbers of features in as few bytes as they take. A large forest is mostly its nodes. */
function narrowed(numbers: Int32Array, features: number): Uint8Array | Uint16Array | Int32Array {
  if (features <= 256) return new Uint8Array(numbers);
  return features <= 65_536 ? new Uint16Array(numbers) : numbers.slice();
}

/** A copy in half of the bytes, if those hold them: counts of rows mostly do. */
function halved(numbers: Float64Array): Float32Array | Float64Array {
  const half = new Float32Array(numbers);
  for (let i = 0; i < numbers.length; i++) if (half[i] !== numbers[i]) return numbers.slice();
  return half;
}

/** At most: each leaf has a row of its own, and levels have an end. */
function mostNodes(rows: number, { maxDepth, minSamplesLeaf }: TreeOptions): number {
  const byRows = 2 * Math.max(1, Math.floor(rows / minSamplesLeaf)) + 1;
  return maxDepth === null || maxDepth > 30 ? byRows : Math.min(byRows, 2 ** (maxDepth + 1));
}

function tableOf(kernel: Kernel, splitter: Splitter): number {
  if (splitter.kind === 'random') {
    const { at, view } = kernel.ints(splitter.x.columns.length * 4);
    splitter.x.columns.forEach((column, f) => (view[f * 4] = column.some(Number.isNaN) ? 1 : 0));
    return at;
  }
  const { features } = splitter.data;
  const { at, view } = kernel.ints(features.length * 4);
  features.forEach(({ bins, width, low, high, missing }, f) =>
    view.set([bins.at, missing ? width + MISSING : width, low.at, high.at], f * 4),
  );
  return at;
}

/** So that what a node looks at of a row lies together. */
function rowMajor(kernel: Kernel, { rows, columns }: Matrix): number {
  const { at, view } = kernel.floats(rows * columns.length);
  columns.forEach((column, f) => {
    for (let row = 0; row < rows; row++) view[row * columns.length + f] = column[row]!;
  });
  return at;
}

function bytes(view: ArrayBufferView): boolean {
  return view instanceof Uint8Array;
}

function roundUp(size: number): number {
  return Math.ceil(size / 64) * 64;
}
