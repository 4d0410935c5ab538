/** Datasets that stand in a value: objects with a name, a place and a checksum, wherever they are. */
import type { Json } from '../../../model/json';

export interface NamedDataset {
  readonly name: string;
  readonly sha256: string;
}

export function datasetsIn(value: Json, found = new Map<string, NamedDataset>()): NamedDataset[] {
  if (Array.isArray(value)) for (const item of value) datasetsIn(item, found);
  else if (typeof value === 'object' && value !== null) {
    const { name, sha256, uri } = value as { readonly [key: string]: Json };
    if (typeof name === 'string' && typeof sha256 === 'string' && typeof uri === 'string')
      found.set(`${name} ${sha256}`, { name, sha256 });
    for (const item of Object.values(value)) datasetsIn(item, found);
  }
  return [...found.values()];
}
