/** Sorting float32 numbers, and the number of the bin that each falls into. */

/** Ascending, NaN last: by the bits, 11 at a time (LSD radix sort). @param spare as long as the numbers */
export function sortFloats(values: usize, spare: usize, count: i32, counters: usize): void {
  memory.fill(counters, 0, 3 * 2048 * 4);
  for (let i = 0; i < count; i++) {
    const at = values + (<usize>i << 2);
    const key = keyOf(load<u32>(at));
    store<u32>(at, key);
    bump(counters, key & 2047);
    bump(counters + 8192, (key >> 11) & 2047);
    bump(counters + 16384, key >> 22);
  }
  let from = values;
  let to = spare;
  for (let pass: u32 = 0; pass < 3; pass++) {
    const table = counters + (<usize>pass << 13);
    let sum: u32 = 0;
    for (let digit: usize = 0; digit < 2048; digit++) {
      const here = load<u32>(table + (digit << 2));
      store<u32>(table + (digit << 2), sum);
      sum += here;
    }
    for (let i = 0; i < count; i++) {
      const key = load<u32>(from + (<usize>i << 2));
      const slot = table + (<usize>((key >> (pass * 11)) & 2047) << 2);
      const at = load<u32>(slot);
      store<u32>(slot, at + 1);
      store<u32>(to + (<usize>at << 2), key);
    }
    const held = from;
    from = to;
    to = held;
  }
  // Three passes end in the spare.
  for (let i = 0; i < count; i++) {
    const at = <usize>i << 2;
    const key = load<u32>(from + at);
    store<u32>(values + at, key >> 31 !== 0 ? key ^ 0x80000000 : ~key);
  }
}

/** Bits whose order as whole numbers is that of the floats. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function keyOf(bits: u32): u32 {
  // One NaN, the greatest: those with a sign would be the least.
  if ((bits & 0x7fffffff) > 0x7f800000) return 0xffc00000;
  // One zero.
  if (bits === 0x80000000) return 0x80000000;
  return bits >> 31 !== 0 ? ~bits : bits | 0x80000000;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function bump(table: usize, digit: u32): void {
  const at = table + (<usize>digit << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Rounds float64 numbers to float32. Returns whether one of them is NaN. */
export function roundFloats(values: usize, count: i32, rounded: usize): bool {
  let missing = false;
  const end = values + (<usize>count << 3);
  for (; values < end; values += 8, rounded += 4) {
    const value = load<f64>(values);
    store<f32>(rounded, <f32>value);
    if (value !== value) missing = true;
  }
  return missing;
}

/**
 * The first bin whose greatest value is not below the value; `width` for NaN. Bytes, `step` apart.
 * @param upper greatest value of each bin, ascending; infinity in what is left of 256
 */
export function binBytes(values: usize, count: i32, upper: usize, width: i32, bins: usize, step: i32): void {
  const last = width - 1;
  for (let i = 0; i < count; i++) {
    const value = load<f32>(values + (<usize>i << 2));
    // Eight halvings without a branch, as which a `select` would be compiled.
    let at = upper;
    at += <usize>(load<f32>(at, 508) < value) << 9;
    at += <usize>(load<f32>(at, 252) < value) << 8;
    at += <usize>(load<f32>(at, 124) < value) << 7;
    at += <usize>(load<f32>(at, 60) < value) << 6;
    at += <usize>(load<f32>(at, 28) < value) << 5;
    at += <usize>(load<f32>(at, 12) < value) << 4;
    at += <usize>(load<f32>(at, 4) < value) << 3;
    at += <usize>(load<f32>(at) < value) << 2;
    const bin = min(<i32>((at - upper) >> 2), last);
    store<u8>(bins + <usize>(i * step), select(width, bin, value !== value));
  }
}

/** Least and greatest value of each bin; the arrays hold ∞ and −∞ before. */
export function rangeOfBins(values: usize, count: i32, bins: usize, step: i32, low: usize, high: usize): void {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(values + (<usize>i << 2));
    const at = <usize>load<u8>(bins + <usize>(i * step)) << 2;
    if (value < load<f32>(low + at)) store<f32>(low + at, value);
    if (value > load<f32>(high + at)) store<f32>(high + at, value);
  }
}
