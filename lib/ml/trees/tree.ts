/** A fitted tree in arrays. Node i is a leaf when `left[i]` is 0; a row goes left when its value is <= the threshold. */
export interface Tree {
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Per node, per output. */
  readonly value: readonly (readonly number[])[];
}

export function leafOf(tree: Tree, columns: readonly Float64Array[], row: number): number {
  let node = 0;
  while ((tree.left[node] ?? 0) !== 0) {
    const value = columns[tree.feature[node] ?? 0]?.[row] ?? 0;
    node = (value <= (tree.threshold[node] ?? 0) ? tree.left[node] : tree.right[node]) ?? 0;
  }
  return node;
}

export class TreeBuilder implements Tree {
  readonly feature: number[] = [];
  readonly threshold: number[] = [];
  readonly left: number[] = [];
  readonly right: number[] = [];
  readonly value: number[][] = [];

  leaf(value: number[]): number {
    this.feature.push(0);
    this.threshold.push(0);
    this.left.push(0);
    this.right.push(0);
    this.value.push(value);
    return this.value.length - 1;
  }

  split(node: number, feature: number, threshold: number, left: number, right: number): void {
    this.feature[node] = feature;
    this.threshold[node] = threshold;
    this.left[node] = left;
    this.right[node] = right;
  }
}
