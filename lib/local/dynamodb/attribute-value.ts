/** DynamoDB's attribute values as they are on the wire, their order and their equality. */
import { decimalCompare } from './decimal';

export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: boolean }
  | { readonly M: Item }
  | { readonly L: readonly AttributeValue[] }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] };

export type Item = { readonly [name: string]: AttributeValue };
export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'M' | 'L' | 'SS' | 'NS' | 'BS';

export function typeOf(value: AttributeValue): AttributeType {
  return Object.keys(value)[0] as AttributeType;
}

export function payload(value: AttributeValue): unknown {
  return Object.values(value)[0];
}

export function equal(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  if ('N' in a && 'N' in b) return decimalCompare(a.N, b.N) === 0;
  if ('L' in a && 'L' in b)
    return a.L.length === b.L.length && a.L.every((item, i) => b.L[i] !== undefined && equal(item, b.L[i]));
  if ('M' in a && 'M' in b) {
    const keys = Object.keys(a.M);
    return (
      keys.length === Object.keys(b.M).length &&
      keys.every((key) => a.M[key] !== undefined && b.M[key] !== undefined && equal(a.M[key], b.M[key]))
    );
  }
  if (type === 'SS' || type === 'NS' || type === 'BS') {
    const left = payload(a) as string[];
    const right = payload(b) as string[];
    return left.length === right.length && left.every((member) => right.includes(member));
  }
  return payload(a) === payload(b);
}

/** Order of S, N and B; `undefined` for other or different types. */
export function compare(a: AttributeValue, b: AttributeValue): number | undefined {
  if ('N' in a && 'N' in b) return decimalCompare(a.N, b.N);
  if ('S' in a && 'S' in b) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if ('B' in a && 'B' in b) return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'));
  return undefined;
}

/** Bytes of an item as DynamoDB counts them, near enough for the 400 KB limit. */
export function itemSize(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value),
    0,
  );
}

function valueSize(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return Math.ceil(value.N.length / 2) + 1;
  if ('B' in value) return Buffer.from(value.B, 'base64').length;
  if ('M' in value) return 3 + itemSize(value.M);
  if ('L' in value) return value.L.reduce((sum, item) => sum + 1 + valueSize(item), 3);
  if ('BOOL' in value || 'NULL' in value) return 1;
  return (payload(value) as string[]).reduce((sum, member) => sum + Buffer.byteLength(member), 0);
}
