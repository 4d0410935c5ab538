/**
 * 16 hex digits that sort as text the way the doubles sort as numbers: IEEE 754 with the sign bit flipped, negatives
 * inverted. DynamoDB's numbers have 38 digits and end at 1e126, so a double does not fit into them.
 * -0 becomes 0; NaN comes after Infinity.
 */
export function sortableDouble(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value === 0 ? 0 : value);
  const bits = bytes.readBigUInt64BE();
  const sign = 1n << 63n;
  const sortable = (bits & sign) === 0n ? bits | sign : ~bits & ((1n << 64n) - 1n);
  return sortable.toString(16).padStart(16, '0');
}
