/**
 * The passes over the rows of k-means. Rows lie one after the other, `stride` bytes each, zeros behind an odd number of
 * features. Centres lie the same way, and once more in eights: of each feature the values of eight centres together,
 * those that there are not so far away that their distance is infinite.
 */

// What `findNearest` found; an instance has one thread.
let nearest: i32 = 0;
let least: f64 = 0;
let second: f64 = 0;

/** The nearest centre of a row, and squared distances to it and to the next. */
function findNearest(row: usize, stride: usize, eights: usize, centres: i32): void {
  least = Infinity;
  second = Infinity;
  nearest = 0;
  const end = row + stride;
  for (let first = 0; first < centres; first += 8) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let c = f64x2.splat(0);
    let d = f64x2.splat(0);
    for (let at = row; at < end; at += 8) {
      const value = v128.load_splat<f64>(at);
      const gapA = f64x2.sub(value, v128.load(eights));
      const gapB = f64x2.sub(value, v128.load(eights, 16));
      const gapC = f64x2.sub(value, v128.load(eights, 32));
      const gapD = f64x2.sub(value, v128.load(eights, 48));
      a = f64x2.add(a, f64x2.mul(gapA, gapA));
      b = f64x2.add(b, f64x2.mul(gapB, gapB));
      c = f64x2.add(c, f64x2.mul(gapC, gapC));
      d = f64x2.add(d, f64x2.mul(gapD, gapD));
      eights += 64;
    }
    consider(f64x2.extract_lane(a, 0), first);
    consider(f64x2.extract_lane(a, 1), first + 1);
    consider(f64x2.extract_lane(b, 0), first + 2);
    consider(f64x2.extract_lane(b, 1), first + 3);
    consider(f64x2.extract_lane(c, 0), first + 4);
    consider(f64x2.extract_lane(c, 1), first + 5);
    consider(f64x2.extract_lane(d, 0), first + 6);
    consider(f64x2.extract_lane(d, 1), first + 7);
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function consider(distance: f64, centre: i32): void {
  const nearer = distance < least;
  second = nearer ? least : min(second, distance);
  nearest = nearer ? centre : nearest;
  least = nearer ? distance : least;
}

/** Squared distance of two points. Two sums at once: a single one would wait for each addition. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function squared(a: usize, b: usize, stride: usize): f64 {
  let one = f64x2.splat(0);
  let two = f64x2.splat(0);
  let at: usize = 0;
  for (; at + 16 < stride; at += 32) {
    const gap = f64x2.sub(v128.load(a + at), v128.load(b + at));
    one = f64x2.add(one, f64x2.mul(gap, gap));
    const other = f64x2.sub(v128.load(a + at, 16), v128.load(b + at, 16));
    two = f64x2.add(two, f64x2.mul(other, other));
  }
  if (at < stride) {
    const gap = f64x2.sub(v128.load(a + at), v128.load(b + at));
    one = f64x2.add(one, f64x2.mul(gap, gap));
  }
  one = f64x2.add(one, two);
  return f64x2.extract_lane(one, 0) + f64x2.extract_lane(one, 1);
}

/** The nearest centre of each row, and the squared distance to it. */
export function assignRows(
  rows: usize,
  stride: usize,
  count: i32,
  eights: usize,
  centres: i32,
  labels: usize,
  distances: usize,
): void {
  for (let row = 0; row < count; row++) {
    findNearest(rows + <usize>row * stride, stride, eights, centres);
    store<i32>(labels + (<usize>row << 2), nearest);
    store<f64>(distances + (<usize>row << 3), least);
  }
}

/**
 * The nearest centre of each row whose bounds leave it open: at most so far from its own centre, at least so far from
 * every other (G. Hamerly, "Making k-means even faster", SDM 2010). Rows that change take their weight from one sum to
 * the other. Returns how many do.
 * @param half half of each centre's distance to the nearest other one
 *
 * In three passes, each over the rows that the one before left open: whether a row is listed costs no branch, which
 * would be foretold wrongly as often as not.
 * @param moves how far each centre has moved since; `farthest` is the most
 * @param open room for the number of each row, and one more
 */
export function reassignRows(
  rows: usize,
  stride: usize,
  count: i32,
  points: usize,
  eights: usize,
  centres: i32,
  half: usize,
  moves: usize,
  farthest: f64,
  labels: usize,
  upper: usize,
  lower: usize,
  weights: usize,
  sums: usize,
  totals: usize,
  open: usize,
): i32 {
  let listed = 0;
  for (let row = 0; row < count; row++) {
    const label = <usize>load<i32>(labels + (<usize>row << 2)) << 3;
    const at = <usize>row << 3;
    const most = load<f64>(upper + at) + load<f64>(moves + label);
    const others = load<f64>(lower + at) - farthest;
    store<f64>(upper + at, most);
    store<f64>(lower + at, others);
    store<i32>(open + (<usize>listed << 2), row);
    listed += most < max(load<f64>(half + label), others) ? 0 : 1;
  }
  let left = 0;
  for (let i = 0; i < listed; i++) {
    const row = <usize>load<i32>(open + (<usize>i << 2));
    const label = <usize>load<i32>(labels + (row << 2));
    const most = Math.sqrt(squared(rows + row * stride, points + label * stride, stride));
    store<f64>(upper + (row << 3), most);
    store<i32>(open + (<usize>left << 2), <i32>row);
    left += most < max(load<f64>(half + (label << 3)), load<f64>(lower + (row << 3))) ? 0 : 1;
  }
  let changed = 0;
  for (let i = 0; i < left; i++) {
    const row = <usize>load<i32>(open + (<usize>i << 2));
    const at = rows + row * stride;
    findNearest(at, stride, eights, centres);
    store<f64>(upper + (row << 3), Math.sqrt(least));
    store<f64>(lower + (row << 3), Math.sqrt(second));
    const label = load<i32>(labels + (row << 2));
    if (nearest === label) continue;
    changed++;
    store<i32>(labels + (row << 2), nearest);
    const weight = load<f64>(weights + (row << 3));
    takeRow(at, stride, -weight, sums + <usize>label * stride, totals + (<usize>label << 3));
    takeRow(at, stride, weight, sums + <usize>nearest * stride, totals + (<usize>nearest << 3));
  }
  return changed;
}

/** Weighted sums of the rows of each centre, and their weights. */
export function sumClusters(
  rows: usize,
  stride: usize,
  count: i32,
  centres: i32,
  labels: usize,
  weights: usize,
  sums: usize,
  totals: usize,
): void {
  memory.fill(sums, 0, <usize>centres * stride);
  memory.fill(totals, 0, <usize>centres << 3);
  for (let row = 0; row < count; row++) {
    const label = <usize>load<i32>(labels + (<usize>row << 2));
    const weight = load<f64>(weights + (<usize>row << 3));
    takeRow(rows + <usize>row * stride, stride, weight, sums + label * stride, totals + (label << 3));
  }
}

function takeRow(row: usize, stride: usize, weight: f64, sum: usize, total: usize): void {
  store<f64>(total, load<f64>(total) + weight);
  const factor = f64x2.splat(weight);
  for (let at: usize = 0; at < stride; at += 16)
    v128.store(sum + at, f64x2.add(v128.load(sum + at), f64x2.mul(v128.load(row + at), factor)));
}

/**
 * What is left of each row's squared distance to the nearest point when one more is there. Returns the weighted sum.
 * @param before of each row so far
 */
export function nearerDistances(
  rows: usize,
  stride: usize,
  count: i32,
  point: usize,
  before: usize,
  weights: usize,
  result: usize,
): f64 {
  let sum: f64 = 0;
  for (let row = 0; row < count; row++) {
    const at = <usize>row << 3;
    const distance = min(load<f64>(before + at), squared(rows + <usize>row * stride, point, stride));
    store<f64>(result + at, distance);
    sum += distance * load<f64>(weights + at);
  }
  return sum;
}
