/** Parts the rows of a node. */

/**
 * Moves the left side's rows to the front, both sides in their order. Returns where the right side begins.
 * @param base,stride where the value of row 0 is, and how far that of the next row
 * @param last value of the left side that is greatest @param missing the bin of missing values; not used for fractions
 */
export function divideBy<T>(
  order: usize,
  spare: usize,
  start: i32,
  end: i32,
  base: usize,
  stride: usize,
  last: T,
  missing: T,
  missingLeft: i32,
): i32 {
  let front = order + (<usize>start << 2);
  let back = spare;
  const stop = order + (<usize>end << 2);
  for (let at = front; at < stop; at += 4) {
    const row = load<u32>(at);
    const value = load<T>(base + <usize>row * stride);
    const isMissing = isFloat<T>() ? <i32>(value !== value) : <i32>(value === missing);
    // Without a branch, which would be foretold wrongly half of the time: written to both, counted in one.
    const side = <usize>(<i32>(value <= last) | (missingLeft & isMissing)) << 2;
    store<u32>(front, row);
    store<u32>(back, row);
    front += side;
    back += 4 - side;
  }
  memory.copy(front, spare, back - spare);
  return <i32>((front - order) >> 2);
}
