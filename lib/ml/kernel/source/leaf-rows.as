/**
 * Which rows are of which leaf of a boosted tree: an order of all rows in which those of a leaf follow one another,
 * ascending. Each 65,536 rows have an order of their own, a segment of 16-bit numbers from its first row, so that it takes
 * half of the memory and parting a leaf needs room for one segment only. A leaf has a span: where its rows begin in each
 * segment and how many they are, two 32-bit numbers.
 */

/** Rows of a segment, as a shift. */
const SEGMENT = 16;

// @ts-ignore: a decorator of AssemblyScript
@inline
export function segmentsOf(rows: i32): i32 {
  return (rows + ((1 << SEGMENT) - 1)) >> SEGMENT;
}

/** @param span the part of it that is the segment's */
// @ts-ignore: a decorator of AssemblyScript
@inline
function startOf(order: usize, span: usize, segment: i32): usize {
  return order + (((<usize>segment << SEGMENT) + <usize>load<u32>(span)) << 1);
}

/** All rows are of one leaf. */
export function restartRows(order: usize, rows: i32, span: usize): void {
  for (let row = 0; row < rows; row++) store<u16>(order + (<usize>row << 1), row);
  for (let from = 0; from < rows; from += 1 << SEGMENT, span += 8) {
    store<i32>(span, 0);
    store<i32>(span, min(rows - from, 1 << SEGMENT), 4);
  }
}

/**
 * Lists rows of a leaf, the next ones with each call.
 * @param span of the leaf @param cursor two words, 0 before the first call: segment, and how many of it were listed
 * @param list room for `most` numbers and 8 more @returns how many rows there are; 0 at the end
 */
export function listRows(order: usize, segments: i32, span: usize, cursor: usize, list: usize, most: i32): i32 {
  let segment = load<i32>(cursor);
  let done = load<i32>(cursor, 4);
  let count = 0;
  while (segment < segments && count < most) {
    const own = span + (<usize>segment << 3);
    const here = min(load<i32>(own, 4) - done, most - count);
    const from = startOf(order, own, segment) + (<usize>done << 1);
    widen(list + (<usize>count << 2), from, here, segment << SEGMENT);
    count += here;
    done += here;
    if (done === load<i32>(own, 4)) {
      segment++;
      done = 0;
    }
  }
  store<i32>(cursor, segment);
  store<i32>(cursor, done, 4);
  return count;
}

/** Eight at a time, so that up to seven more are written. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function widen(list: usize, from: usize, count: i32, first: i32): void {
  const base = i32x4.splat(first);
  const end = from + (<usize>count << 1);
  for (; from < end; from += 16, list += 32) {
    const rows = v128.load(from);
    v128.store(list, i32x4.add(i32x4.extend_low_i16x8_u(rows), base));
    v128.store(list, i32x4.add(i32x4.extend_high_i16x8_u(rows), base), 16);
  }
}

/**
 * Parts a leaf: the rows of one side come to the front of each segment, both sides in their order, and the others become
 * those of a new leaf. Returns how many stay.
 * @param spare room for a segment @param span of the leaf @param added of the new leaf
 * @param bins of the feature, a byte for each row, `step` bytes apart @param sides a byte for each bin: 1 to stay
 */
export function partRows(
  order: usize,
  segments: i32,
  spare: usize,
  span: usize,
  added: usize,
  bins: usize,
  step: usize,
  sides: usize,
): i32 {
  let stay = 0;
  for (let segment = 0; segment < segments; segment++, span += 8, added += 8) {
    const count = load<i32>(span, 4);
    const start = startOf(order, span, segment);
    const last = start + (<usize>count << 1);
    const own = bins + (<usize>segment << SEGMENT) * step;
    let front = start;
    let back = spare;
    for (let at = start; at < last; at += 2) {
      const row = load<u16>(at);
      // Without a branch, which would be foretold wrongly half of the time: written to both, counted in one.
      const side = <usize>load<u8>(sides + <usize>load<u8>(own + <usize>row * step)) << 1;
      store<u16>(front, row);
      store<u16>(back, row);
      front += side;
      back += 2 - side;
    }
    memory.copy(front, spare, back - spare);
    const here = <i32>((front - start) >> 1);
    store<i32>(added, load<i32>(span) + here);
    store<i32>(added, count - here, 4);
    store<i32>(span, here, 4);
    stay += here;
  }
  return stay;
}

/** Adds a value to those of a leaf's rows. */
export function addToRows(values: usize, order: usize, segments: i32, span: usize, value: f64): void {
  for (let segment = 0; segment < segments; segment++, span += 8) {
    const own = values + (<usize>segment << (SEGMENT + 3));
    let from = startOf(order, span, segment);
    const end = from + (<usize>load<u32>(span, 4) << 1);
    for (; from < end; from += 2) {
      const at = own + (<usize>load<u16>(from) << 3);
      store<f64>(at, load<f64>(at) + value);
    }
  }
}
