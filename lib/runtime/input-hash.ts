import { createHash } from 'node:crypto';
import type { Json } from '../model/json';
import { isOffloaded } from './offloaded';

/**
 * SHA-256 of an input, hexadecimal. Keys are sorted, and a value in S3 counts by its content, so that the same input has
 * the same hash in every run.
 */
export function inputHash(input: Json): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(input)))
    .digest('hex');
}

function canonical(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => canonical(item));
  if (isOffloaded(value)) return { $offloaded: [value.$offloaded.sha256, value.$offloaded.path] };
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, canonical(member)]),
  );
}
