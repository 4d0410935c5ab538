/**
 * A fitted tree in arrays. Node 0 is the root; node i is a leaf when `left[i]` is 0. A row goes left when its value,
 * rounded to float32, is <= the threshold, or for a node that `equals`, when it is the threshold; a missing value goes
 * where `missingLeft` says. A split by a set of categories is a chain of nodes that share their left child.
 */
export interface Tree {
  /** Values of a leaf. */
  readonly outputs: number;
  readonly feature: ArrayLike<number>;
  readonly threshold: ArrayLike<number>;
  readonly equals: ArrayLike<number>;
  readonly missingLeft: ArrayLike<number>;
  readonly left: ArrayLike<number>;
  readonly right: ArrayLike<number>;
  /** Of node i from i × outputs. Float32 numbers. */
  readonly value: ArrayLike<number>;
  /** Weight of the training rows in each node. */
  readonly cover: ArrayLike<number>;
  /** How much the split of each node lowered the criterion, times the node's weight; 0 for leaves. */
  readonly gain: ArrayLike<number>;
}

/** Where a row with this value of the node's feature goes. */
export function goesLeft(tree: Tree, node: number, value: number): boolean {
  const rounded = Math.fround(value);
  if (Number.isNaN(rounded)) return tree.missingLeft[node] === 1;
  return tree.equals[node] === 1 ? rounded === tree.threshold[node] : rounded <= tree.threshold[node]!;
}

export class TreeBuilder implements Tree {
  readonly feature: number[] = [];
  readonly threshold: number[] = [];
  readonly equals: number[] = [];
  readonly missingLeft: number[] = [];
  readonly left: number[] = [];
  readonly right: number[] = [];
  readonly value: number[] = [];
  readonly cover: number[] = [];
  readonly gain: number[] = [];

  constructor(readonly outputs: number) {}

  get size(): number {
    return this.left.length;
  }

  /** Adds a leaf; its values are 0 until they are set. */
  leaf(cover = 0): number {
    const node = this.left.length;
    this.feature.push(0);
    this.threshold.push(0);
    this.equals.push(0);
    this.missingLeft.push(0);
    this.left.push(0);
    this.right.push(0);
    this.cover.push(cover);
    this.gain.push(0);
    for (let k = 0; k < this.outputs; k++) this.value.push(0);
    return node;
  }

  split(
    node: number,
    test: {
      readonly feature: number;
      readonly threshold: number;
      readonly equals?: boolean;
      readonly missingLeft?: boolean;
      readonly gain?: number;
    },
    left: number,
    right: number,
  ): void {
    this.feature[node] = test.feature;
    this.threshold[node] = test.threshold;
    this.equals[node] = test.equals === true ? 1 : 0;
    this.missingLeft[node] = test.missingLeft === true ? 1 : 0;
    this.gain[node] = test.gain ?? 0;
    this.left[node] = left;
    this.right[node] = right;
  }

  /** The same tree in typed arrays, which are faster to walk and smaller. */
  finish(): Tree {
    return {
      outputs: this.outputs,
      feature: new Int32Array(this.feature),
      threshold: new Float32Array(this.threshold),
      equals: new Uint8Array(this.equals),
      missingLeft: new Uint8Array(this.missingLeft),
      left: new Int32Array(this.left),
      right: new Int32Array(this.right),
      value: new Float32Array(this.value),
      cover: new Float64Array(this.cover),
      gain: new Float64Array(this.gain),
    };
  }
}

/** Total gain of each feature over the trees as shares of 1 (mean decrease in impurity); all 0 without a split. */
export function featureImportances(trees: readonly Tree[], features: number): Float64Array {
  const total = new Float64Array(features);
  for (const tree of trees) {
    // Each tree counts the same, as in scikit-learn.
    const own = new Float64Array(features);
    for (let node = 0; node < tree.left.length; node++)
      if (tree.left[node] !== 0) own[tree.feature[node]!]! += tree.gain[node]!;
    const sum = own.reduce((a, b) => a + b, 0);
    if (sum > 0) for (let f = 0; f < features; f++) total[f]! += own[f]! / sum;
  }
  const sum = total.reduce((a, b) => a + b, 0);
  return sum > 0 ? total.map((value) => value / sum) : total;
}
