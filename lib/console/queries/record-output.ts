/** Reading outputs of tasks, which may have been written by another version of their contract. */
import type { Json } from '../../model/json';

export function member(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined;
}

export function numberOr(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

export function textOr(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Key of an object within the data bucket. */
export function keyOf(uri: string | null): string | null {
  return uri?.replace(/^s3:\/\/[^/]+\//, '') ?? null;
}
