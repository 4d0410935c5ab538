import type { ReturnMode } from '../model/envelope';
import { parsePath } from '../model/json-path';

/** The paths of `returns` as a tree, in which a path and those below it meet. */
export interface ReferencedPath {
  /** Absent where only something below is referenced. */
  readonly mode?: ReturnMode;
  readonly below: ReadonlyMap<string | number, ReferencedPath>;
}

interface Growing {
  mode?: ReturnMode;
  below: Map<string | number, Growing>;
}

export function referencedPaths(returns: Readonly<Record<string, ReturnMode>>): ReferencedPath {
  const root: Growing = { below: new Map() };
  for (const [path, mode] of Object.entries(returns)) {
    let here = root;
    for (const segment of parsePath(path)) {
      let next = here.below.get(segment);
      if (next === undefined) here.below.set(segment, (next = { below: new Map() }));
      here = next;
    }
    here.mode = mode;
  }
  return root;
}
