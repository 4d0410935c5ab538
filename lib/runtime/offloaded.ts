import type { Offloaded } from '../model/envelope';
import type { Json } from '../model/json';

/** Tells a marker from data that only looks like one. */
export function isOffloaded(value: Json): value is Json & Offloaded {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const marker = (value as { readonly $offloaded?: unknown }).$offloaded;
  if (typeof marker !== 'object' || marker === null) return false;
  const { bucket, key, sha256, path } = marker as Record<string, unknown>;
  return [bucket, key, sha256, path].every((part) => typeof part === 'string');
}
