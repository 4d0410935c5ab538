/** Marks of water in records: times, numbers and texts that only grow, kept as texts. */
import { InvalidDataset } from '../../lib/data/invalid-dataset';

/** @throws InvalidDataset for a record without one */
export function markOf(record: unknown, field: string): string {
  const value = (record as Readonly<Record<string, unknown>> | null)?.[field];
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw new InvalidDataset(
    `A record has no '${field}', by which new ones are known: ${JSON.stringify(record).slice(0, 200)}`,
  );
}

/** Numbers by size, all else as texts: ISO 8601 sorts as time. */
export function isAfter(a: string, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  return a.trim() !== '' && b.trim() !== '' && !Number.isNaN(x) && !Number.isNaN(y) ? x > y : a > b;
}

export function greatest(a: string | null, b: string): string {
  return a === null || isAfter(b, a) ? b : a;
}
