/** Sums of leaf values over trees for many rows, by the kernel (`kernel/source/predict.as`). */
import { Kernel } from '../kernel/kernel';
import type { Matrix } from '../matrix';
import type { Tree } from './tree';

/** What `addTrees` of the kernel reads of a tree. */
const TREE_BYTES = 32;
const SMALL = 0;
const PLAIN = 1;
const ANY = 2;
/** Leaves of a small tree: the bits of a word. */
const LEAVES = 32;
/** Of a block: its features stay in the second cache, better in the first. */
const BLOCK_BYTES = 32_768;

/**
 * Adds the leaf values of every tree to `sums`, one array of rows per output.
 * @param outputOf the output that the first value of a tree's leaf counts for; the others follow it
 */
export function addTreesInBlocks(
  trees: readonly Tree[],
  x: Pick<Matrix, 'rows' | 'columns'>,
  sums: readonly Float64Array[],
  outputOf: (tree: number) => number,
): void {
  const { columns, rows } = x;
  const stride = rowsOfBlock(columns.length);
  const { kernel, table, count } = layOut(trees, stride, outputOf);
  kernel.scratch(() => {
    const block = kernel.floats(stride * columns.length);
    const results = kernel.doubles(stride * sums.length);
    for (let from = 0; from < rows; from += stride) {
      const to = Math.min(rows, from + stride);
      let complete = true;
      columns.forEach((column, f) => {
        if (!copyRounded(column, from, to, block.view, f * stride)) complete = false;
      });
      sums.forEach((sum, k) => results.view.set(sum.subarray(from, to), k * stride));
      kernel.call.addTrees(table, count, block.at, to - from, stride, results.at, complete ? 1 : 0);
      sums.forEach((sum, k) => sum.set(results.view.subarray(k * stride, k * stride + to - from), from));
    }
  });
}

function rowsOfBlock(width: number): number {
  return Math.min(256, Math.max(16, Math.floor(BLOCK_BYTES / 4 / Math.max(1, width) / 16) * 16));
}

/** Faster than `set`, which has a slow way between types. @returns whether no value is missing */
function copyRounded(
  column: Float64Array,
  from: number,
  to: number,
  target: Float32Array,
  at: number,
): boolean {
  let complete = true;
  // A column of one row counts for all of them.
  const step = column.length === 1 ? 0 : 1;
  for (let row = from; row < to; row++) {
    const value = column[row * step]!;
    target[at + row - from] = value;
    if (value !== value) complete = false;
  }
  return complete;
}

interface Layout {
  readonly kernel: Kernel;
  readonly table: number;
  readonly count: number;
  readonly stride: number;
  readonly firsts: Int32Array;
  readonly trees: readonly Tree[];
}

/** Of the trees that scored last: a model is asked block after block. */
let last: Layout | undefined;

/** Memory that is kept for other trees. */
const KEPT_BYTES = 2 ** 26;

function emptyKernel(): Kernel {
  const kernel = last?.kernel;
  if (kernel === undefined || kernel.memory.buffer.byteLength > KEPT_BYTES) return new Kernel(1);
  kernel.clear();
  return kernel;
}

function layOut(trees: readonly Tree[], stride: number, outputOf: (tree: number) => number): Layout {
  const firsts = Int32Array.from(trees, (_, t) => outputOf(t));
  if (
    last !== undefined &&
    last.stride === stride &&
    last.trees.length === trees.length &&
    last.trees.every((tree, t) => tree === trees[t] && last!.firsts[t] === firsts[t])
  )
    return last;
  const kernel = emptyKernel();
  last = undefined;
  const table = kernel.allocate(trees.length * TREE_BYTES);
  let count = 0;
  trees.forEach((tree, t) => {
    const values = valuesOf(tree);
    if (values === undefined) return;
    const packed = pack(tree, stride, values.from, values.to);
    const place = (bytes: Uint8Array) => {
      const at = kernel.allocate(bytes.length);
      kernel.bytesAt(at, bytes.length).set(bytes);
      return at;
    };
    const nodes = place(new Uint8Array(packed.nodes));
    const leaves = place(new Uint8Array(packed.values.buffer));
    kernel
      .intsAt(table + count++ * TREE_BYTES, TREE_BYTES / 4)
      .set([
        packed.kind,
        nodes,
        packed.missingLeft,
        packed.missingRight,
        leaves,
        firsts[t]! + values.from,
        values.to - values.from,
      ]);
  });
  last = { kernel, table, count, stride, firsts, trees: [...trees] };
  return last;
}

/** The outputs for which a leaf has a value other than 0, as a range; none when there is no such one. */
function valuesOf({ outputs, value }: Tree): { readonly from: number; readonly to: number } | undefined {
  let from = outputs;
  let to = 0;
  for (let i = 0; i < value.length; i++)
    if (value[i] !== 0) {
      from = Math.min(from, i % outputs);
      to = Math.max(to, (i % outputs) + 1);
    }
  return to === 0 ? undefined : { from, to };
}

interface Packed {
  readonly kind: number;
  readonly nodes: ArrayBuffer;
  readonly missingLeft: number;
  readonly missingRight: number;
  readonly values: Float32Array;
}

function pack(tree: Tree, stride: number, from: number, to: number): Packed {
  return packSmall(tree, stride, from, to) ?? packLarge(tree, stride, from, to);
}

function packSmall(tree: Tree, stride: number, from: number, to: number): Packed | undefined {
  const inner: number[] = [];
  const leaves: number[] = [];
  /** Bits of the leaves on the left side of each inner node. */
  const left = new Map<number, number>();
  const bitsBefore = (leaf: number) => (leaf === LEAVES ? -1 : (1 << leaf) - 1);
  const visit = (node: number): boolean => {
    if (tree.left[node] === 0) return leaves.push(node) <= LEAVES;
    if (tree.equals[node] === 1 || inner.length === LEAVES || inner.includes(node)) return false;
    inner.push(node);
    const first = leaves.length;
    if (!visit(tree.left[node]!)) return false;
    left.set(node, bitsBefore(leaves.length) & ~bitsBefore(first));
    return visit(tree.right[node]!);
  };
  if (!visit(0)) return undefined;
  // Those of a feature beside each other, so that it is loaded once.
  inner.sort(
    (a, b) => tree.missingLeft[b]! - tree.missingLeft[a]! || tree.feature[a]! - tree.feature[b]! || a - b,
  );
  const ints = new Int32Array(inner.length * 3);
  const floats = new Float32Array(ints.buffer);
  inner.forEach((node, i) => {
    const bits = left.get(node)!;
    ints[i * 3] = tree.feature[node]! * stride * 4;
    floats[i * 3 + 1] = tree.threshold[node]!;
    ints[i * 3 + 2] = tree.missingLeft[node] === 1 ? bits : ~bits;
  });
  const missingLeft = inner.filter((node) => tree.missingLeft[node] === 1).length;
  const width = to - from;
  return {
    kind: SMALL,
    nodes: ints.buffer,
    missingLeft,
    missingRight: inner.length - missingLeft,
    values: Float32Array.from(
      { length: leaves.length * width },
      (_, i) => tree.value[leaves[Math.floor(i / width)]! * tree.outputs + from + (i % width)]!,
    ),
  };
}

function packLarge(tree: Tree, stride: number, from: number, to: number): Packed {
  const size = tree.left.length;
  const ints = new Int32Array(size * 4);
  const floats = new Float32Array(ints.buffer);
  let plain = true;
  for (let node = 0; node < size; node++) {
    const at = node * 4;
    const leaf = tree.left[node] === 0;
    const equals = tree.equals[node] === 1;
    ints[at] = tree.feature[node]! * stride * 4 + (equals ? 2 : 0) + (tree.missingLeft[node] === 1 ? 0 : 1);
    floats[at + 1] = tree.threshold[node]!;
    ints[at + 2] = (leaf ? node : tree.left[node]!) * 16;
    ints[at + 3] = (leaf ? node : tree.right[node]!) * 16;
    if (equals) plain = false;
  }
  const width = to - from;
  return {
    kind: plain ? PLAIN : ANY,
    nodes: ints.buffer,
    missingLeft: 0,
    missingRight: 0,
    values: Float32Array.from(
      { length: size * width },
      (_, i) => tree.value[Math.floor(i / width) * tree.outputs + from + (i % width)]!,
    ),
  };
}
