/** Neighbours among the numbers that a float32 can hold. */

/** The least float32 above a float32. */
export function nextFloat(value: number): number {
  if (value === 0) return 2 ** -149;
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setFloat32(0, value);
  bytes.setInt32(0, bytes.getInt32(0) + (value > 0 ? 1 : -1));
  return bytes.getFloat32(0);
}

/** The greatest float32 below a float32. */
export function previousFloat(value: number): number {
  return -nextFloat(-value);
}
