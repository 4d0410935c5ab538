/**
 * Sums of leaf values over trees, for a block of rows whose features lie column by column, 16 rows at a time.
 *
 * Trees of up to 32 leaves go by V-QuickScorer (Lucchese et al., SIGIR 2016): every node whose test fails takes the leaves
 * of its left side out of a word of 32 bits, four rows at once, in any order of the nodes; the lowest bit that is left is
 * the leaf. Larger trees are walked, eight rows side by side without a branch.
 *
 * A tree of the table, 32 bytes: kind, nodes' address, two numbers of nodes, address of the leaf values, the first output
 * they count for, and how many outputs they have.
 * A node of a small tree, 12 bytes: where its feature's column begins, threshold, and the bits of the left side's leaves
 * (nodes where missing values go left, which come first) or of all others.
 * A node of a large tree, 16 bytes: where its feature's column begins, threshold, and where its children begin; a leaf's
 * children are itself. The lowest bit of its first word says that missing values go right, the next that it compares for
 * equality.
 */
const SMALL = 0;
const PLAIN = 1;

/** @param stride rows that there is room for in the block, a multiple of 16 @param complete whether no value is missing */
export function addTrees(
  table: usize,
  trees: i32,
  block: usize,
  rows: i32,
  stride: usize,
  sums: usize,
  complete: bool,
): void {
  for (let t = 0; t < trees; t++, table += 32) {
    const kind = load<i32>(table);
    const nodes = load<usize>(table, 4);
    const values = load<usize>(table, 16);
    const outputs = load<i32>(table, 24);
    const target = sums + ((stride * <usize>load<i32>(table, 20)) << 3);
    for (let row = 0; row < rows; row += 16) {
      const features = block + (<usize>row << 2);
      const to = target + (<usize>row << 3);
      if (kind === SMALL) {
        addSmall(nodes, load<i32>(table, 8), load<i32>(table, 12), features, values, outputs, stride, to);
      } else if (kind === PLAIN && complete) {
        addLarge<bool>(nodes, features, values, outputs, stride, to);
        addLarge<bool>(nodes, features + 32, values, outputs, stride, to + 64);
      } else {
        addLarge<i32>(nodes, features, values, outputs, stride, to);
        addLarge<i32>(nodes, features + 32, values, outputs, stride, to + 64);
      }
    }
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addSmall(
  nodes: usize,
  missingLeft: i32,
  missingRight: i32,
  features: usize,
  values: usize,
  outputs: i32,
  stride: usize,
  to: usize,
): void {
  let a = i32x4.splat(-1);
  let b = a;
  let c = a;
  let d = a;
  let node = nodes;
  let end = nodes + <usize>missingLeft * 12;
  for (; node < end; node += 12) {
    const x = features + load<usize>(node);
    const cut = v128.load_splat<f32>(node, 4);
    const gone = v128.load_splat<i32>(node, 8);
    a = v128.andnot(a, v128.and(f32x4.gt(v128.load(x), cut), gone));
    b = v128.andnot(b, v128.and(f32x4.gt(v128.load(x, 16), cut), gone));
    c = v128.andnot(c, v128.and(f32x4.gt(v128.load(x, 32), cut), gone));
    d = v128.andnot(d, v128.and(f32x4.gt(v128.load(x, 48), cut), gone));
  }
  end += <usize>missingRight * 12;
  for (; node < end; node += 12) {
    const x = features + load<usize>(node);
    const cut = v128.load_splat<f32>(node, 4);
    const left = v128.load_splat<i32>(node, 8);
    a = v128.and(a, v128.or(f32x4.le(v128.load(x), cut), left));
    b = v128.and(b, v128.or(f32x4.le(v128.load(x, 16), cut), left));
    c = v128.and(c, v128.or(f32x4.le(v128.load(x, 32), cut), left));
    d = v128.and(d, v128.or(f32x4.le(v128.load(x, 48), cut), left));
  }
  addFour(a, values, outputs, stride, to);
  addFour(b, values, outputs, stride, to + 32);
  addFour(c, values, outputs, stride, to + 64);
  addFour(d, values, outputs, stride, to + 96);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addFour(leaves: v128, values: usize, outputs: i32, stride: usize, to: usize): void {
  addValues(to, stride, values, ctz(i32x4.extract_lane(leaves, 0)), outputs);
  addValues(to + 8, stride, values, ctz(i32x4.extract_lane(leaves, 1)), outputs);
  addValues(to + 16, stride, values, ctz(i32x4.extract_lane(leaves, 2)), outputs);
  addValues(to + 24, stride, values, ctz(i32x4.extract_lane(leaves, 3)), outputs);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addValues(to: usize, stride: usize, values: usize, leaf: i32, outputs: i32): void {
  let from = values + (<usize>(leaf * outputs) << 2);
  for (let k = 0; k < outputs; k++, from += 4) {
    store<f64>(to, load<f64>(to) + <f64>load<f32>(from));
    to += stride << 3;
  }
}

/** Eight rows. `Plain` is bool when no value is missing and no node compares for equality, else i32. */
function addLarge<Plain>(
  nodes: usize,
  x: usize,
  values: usize,
  outputs: i32,
  stride: usize,
  to: usize,
): void {
  let n0 = nodes;
  let n1 = nodes;
  let n2 = nodes;
  let n3 = nodes;
  let n4 = nodes;
  let n5 = nodes;
  let n6 = nodes;
  let n7 = nodes;
  for (;;) {
    // Whether all are at a leaf is looked at after every second step.
    n0 = next<Plain>(nodes, n0, x);
    n1 = next<Plain>(nodes, n1, x + 4);
    n2 = next<Plain>(nodes, n2, x + 8);
    n3 = next<Plain>(nodes, n3, x + 12);
    n4 = next<Plain>(nodes, n4, x + 16);
    n5 = next<Plain>(nodes, n5, x + 20);
    n6 = next<Plain>(nodes, n6, x + 24);
    n7 = next<Plain>(nodes, n7, x + 28);
    const m0 = next<Plain>(nodes, n0, x);
    const m1 = next<Plain>(nodes, n1, x + 4);
    const m2 = next<Plain>(nodes, n2, x + 8);
    const m3 = next<Plain>(nodes, n3, x + 12);
    const m4 = next<Plain>(nodes, n4, x + 16);
    const m5 = next<Plain>(nodes, n5, x + 20);
    const m6 = next<Plain>(nodes, n6, x + 24);
    const m7 = next<Plain>(nodes, n7, x + 28);
    const moved =
      (m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3) | (m4 ^ n4) | (m5 ^ n5) | (m6 ^ n6) | (m7 ^ n7);
    if (moved === 0) break;
    n0 = m0;
    n1 = m1;
    n2 = m2;
    n3 = m3;
    n4 = m4;
    n5 = m5;
    n6 = m6;
    n7 = m7;
  }
  addValues(to, stride, values, <i32>((n0 - nodes) >> 4), outputs);
  addValues(to + 8, stride, values, <i32>((n1 - nodes) >> 4), outputs);
  addValues(to + 16, stride, values, <i32>((n2 - nodes) >> 4), outputs);
  addValues(to + 24, stride, values, <i32>((n3 - nodes) >> 4), outputs);
  addValues(to + 32, stride, values, <i32>((n4 - nodes) >> 4), outputs);
  addValues(to + 40, stride, values, <i32>((n5 - nodes) >> 4), outputs);
  addValues(to + 48, stride, values, <i32>((n6 - nodes) >> 4), outputs);
  addValues(to + 56, stride, values, <i32>((n7 - nodes) >> 4), outputs);
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function next<Plain>(nodes: usize, node: usize, x: usize): usize {
  const word = load<usize>(node);
  const value = load<f32>(x + (word & ~3));
  const cut = load<f32>(node, 4);
  let right: bool;
  if (isBoolean<Plain>()) right = value > cut;
  else {
    const missing = value !== value;
    right = (word & 2) !== 0 ? value !== cut && !missing : value > cut;
    right = right || (missing && (word & 1) !== 0);
  }
  return nodes + load<usize>(node + (<usize>right << 2), 8);
}
