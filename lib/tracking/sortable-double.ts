/**
 * 16 hex digits that sort as text the way the doubles sort as numbers: IEEE 754 with the sign bit flipped, negatives
 * inverted. DynamoDB's numbers have 38 digits and end at 1e126, so a double does not fit into them.
 * -0 becomes 0; NaN comes after Infinity.
 */
export function sortableDouble(value: number): string {
  BYTES.setFloat64(0, value === 0 ? 0 : value);
  const [high, low] = [BYTES.getUint32(0), BYTES.getUint32(4)];
  const negative = high >= SIGN;
  return negative ? hex(~high) + hex(~low) : hex(high + SIGN) + hex(low);
}

const BYTES = new DataView(new ArrayBuffer(8));
const SIGN = 0x8000_0000;

function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, '0');
}
