/** Marks of water in records: times, numbers and texts that only grow, kept as texts. */
import { InvalidDataset } from '../../lib/data/invalid-dataset';
import { jsonText } from '../../lib/data/lossless-json';

/** @throws InvalidDataset for a record without one */
export function markOf(record: unknown, field: string): string {
  const value = (record as Readonly<Record<string, unknown>> | null)?.[field];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return String(value);
  throw new InvalidDataset(
    `A record has no '${field}', by which new ones are known: ${jsonText(record).slice(0, 200)}`,
  );
}

const WHOLE = /^-?\d+$/;

/** Numbers by size, all else as texts: ISO 8601 sorts as time. */
export function isAfter(a: string, b: string): boolean {
  // Identifiers beyond 2^53, too.
  if (WHOLE.test(a) && WHOLE.test(b)) return BigInt(a) > BigInt(b);
  const [x, y] = [Number(a), Number(b)];
  return a.trim() !== '' && b.trim() !== '' && !Number.isNaN(x) && !Number.isNaN(y) ? x > y : a > b;
}

export function greatest(a: string | null, b: string): string {
  return a === null || isAfter(b, a) ? b : a;
}
