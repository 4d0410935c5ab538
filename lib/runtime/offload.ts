/** Decides what of a result travels in the state. The rules are the invariants of `lib/model/envelope.ts`. */
import { INLINE_LIMIT_BYTES, type Offloaded, type ReturnMode } from '../model/envelope';
import { DoNotRetry } from '../model/errors';
import type { Json } from '../model/json';
import { isObject } from '../model/schema-path';
import { referencedPaths, type ReferencedPath } from './referenced-paths';

/** All that one offloaded result may still carry inline; several results must fit into the 256 KiB of a state. */
const INLINE_TOTAL_LIMIT_BYTES = 64 * 1024;
/** About the size of a marker: a smaller value is no gain in S3. */
const WORTH_A_MARKER_BYTES = 256;

export class ResultTooLarge extends DoNotRetry {
  override readonly name = 'Millrace.ResultTooLarge';
}

/** Where the whole result lies. */
export type Place = Omit<Offloaded['$offloaded'], 'path'>;

/** True when a result has to go to S3. */
export function mustOffload(out: Json): boolean {
  return sizeOf(out) > INLINE_LIMIT_BYTES;
}

/** A small result as it travels: whole, with `null` at referenced places that it leaves out. */
export function inlineResult(out: Json, returns: Readonly<Record<string, ReturnMode>>): Json {
  return completed(out, referencedPaths(returns));
}

/** What stands for a result that lies in S3. @throws ResultTooLarge */
export function offloadedResult(
  task: string,
  out: Json,
  returns: Readonly<Record<string, ReturnMode>>,
  place: Place,
): Json {
  const skeleton = skeletonOf(out, referencedPaths(returns), '', place);
  const bytes = sizeOf(skeleton);
  if (bytes > INLINE_TOTAL_LIMIT_BYTES) {
    const inline = Object.keys(returns).filter((path) => returns[path] === 'inline');
    throw new ResultTooLarge(
      `Task '${task}' returns ${bytes} bytes to the expressions of its state machine${inline.length === 0 ? '' : ` (${inline.map((path) => path || 'all of the output').join(', ')})`}; ${INLINE_TOTAL_LIMIT_BYTES} is the limit. Let branches and texts read a number or a short text instead, and pass lists whole, not item by item.`,
    );
  }
  return skeleton;
}

function skeletonOf(value: Json | undefined, path: ReferencedPath, at: string, place: Place): Json {
  if (path.mode === 'inline' || (path.mode === 'any' && sizeOf(value) <= WORTH_A_MARKER_BYTES))
    return completed(value, path);
  const marker = (where: string): Offloaded => ({ $offloaded: { ...place, path: where } });
  if (path.mode === undefined && path.below.size === 0) return {};
  if (usesIndices(value, path)) {
    const items = Array.isArray(value) ? (value as readonly Json[]) : [];
    // Referenced whole and by index: a list of markers is both, an object with a marker would not be a list.
    const length = path.mode === 'any' ? Math.max(items.length, reach(path)) : reach(path);
    return Array.from({ length }, (_, i) => {
      const below = path.below.get(i);
      if (path.mode === undefined)
        return below === undefined ? null : skeletonOf(items[i], below, `${at}[${i}]`, place);
      return skeletonOf(items[i], { mode: 'any', below: NOTHING, ...below }, `${at}[${i}]`, place);
    });
  }
  return {
    ...(path.mode === 'any' ? marker(at) : {}),
    ...Object.fromEntries(
      [...path.below].map(([name, below]) => [
        name,
        skeletonOf(member(value, name), below, at === '' ? String(name) : `${at}.${name}`, place),
      ]),
    ),
  };
}

const NOTHING: ReferencedPath['below'] = new Map();

/** The value with `null` wherever something referenced is missing. */
function completed(value: Json | undefined, path: ReferencedPath): Json {
  if (path.below.size === 0) return value ?? null;
  if (usesIndices(value, path)) {
    const items = Array.isArray(value) ? (value as readonly Json[]) : [];
    return Array.from({ length: Math.max(items.length, reach(path)) }, (_, i) =>
      completed(items[i], path.below.get(i) ?? { below: NOTHING }),
    );
  }
  const fields = isObject(value) ? value : {};
  return {
    ...fields,
    ...Object.fromEntries(
      [...path.below].map(([name, below]) => [name, completed(member(value, name), below)]),
    ),
  };
}

/** Whether the place is a list: by what is there, else by how it is referenced. */
function usesIndices(value: Json | undefined, path: ReferencedPath): boolean {
  const numbers = [...path.below.keys()].some((segment) => typeof segment === 'number');
  return numbers && (Array.isArray(value) || typeof value !== 'object' || value === null);
}

/** Length of a list that has all referenced indices. */
function reach(path: ReferencedPath): number {
  return Math.max(
    0,
    ...[...path.below.keys()].map((segment) => (typeof segment === 'number' ? segment + 1 : 0)),
  );
}

function member(value: Json | undefined, name: string | number): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string | number, Json>)[name] : undefined;
}

function sizeOf(value: Json | undefined): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}
