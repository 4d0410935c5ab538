/** Decides what of a result travels in the state. The rules are the invariants of `lib/model/envelope.ts`. */
import { INLINE_LIMIT_BYTES, type Offloaded, type ReturnMode } from '../model/envelope';
import { DoNotRetry } from '../model/errors';
import type { Json } from '../model/json';
import { parsePath, valueAt } from '../model/json-path';

/** All inline values of one result together; a join of several results must fit into 256 KiB. */
const INLINE_TOTAL_LIMIT_BYTES = 64 * 1024;

export class ResultTooLarge extends DoNotRetry {
  override readonly name = 'Millrace.ResultTooLarge';
}

export type Place = Omit<Offloaded['$offloaded'], 'path'>;

/** True when a result has to go to S3. */
export function mustOffload(out: Json): boolean {
  return Buffer.byteLength(JSON.stringify(out)) > INLINE_LIMIT_BYTES;
}

/** A small result as it travels: whole, with `null` at referenced places that it leaves out. */
export function inlineResult(out: Json, returns: Readonly<Record<string, ReturnMode>>): Json {
  let result = out;
  for (const path of Object.keys(returns)) {
    const segments = parsePath(path);
    if (valueAt(result, segments) === undefined) result = set(result, segments, null);
  }
  return result;
}

/** The skeleton that stands for a result in S3. @throws ResultTooLarge */
export function offloadedResult(
  task: string,
  out: Json,
  returns: Readonly<Record<string, ReturnMode>>,
  place: Place,
): Json {
  let skeleton: Json = {};
  // Shorter paths first, so that a marker is in place before what lies below it is added to it.
  for (const path of Object.keys(returns).sort((a, b) => parsePath(a).length - parsePath(b).length)) {
    const segments = parsePath(path);
    const value = valueAt(out, segments);
    const inline =
      returns[path] === 'inline' ||
      value === undefined ||
      value === null ||
      typeof value === 'number' ||
      typeof value === 'boolean';
    skeleton = set(skeleton, segments, inline ? (value ?? null) : { $offloaded: { ...place, path } });
  }
  const bytes = Buffer.byteLength(JSON.stringify(skeleton));
  if (bytes > INLINE_TOTAL_LIMIT_BYTES) {
    throw new ResultTooLarge(
      `Task '${task}' returns ${bytes} bytes to expressions of the state machine (${Object.keys(returns)
        .filter((path) => returns[path] === 'inline')
        .join(', ')}); ${INLINE_TOTAL_LIMIT_BYTES} is the limit. Branch on a number or a short text instead.`,
    );
  }
  return skeleton;
}

function set(root: Json, path: readonly (string | number)[], value: Json): Json {
  const [head, ...rest] = path;
  if (head === undefined) return value;
  if (typeof head === 'number') {
    const items: Json[] = Array.isArray(root) ? [...(root as Json[])] : [];
    while (items.length < head) items.push(null);
    items[head] = set(items[head] ?? null, rest, value);
    return items;
  }
  const object = typeof root === 'object' && root !== null && !Array.isArray(root) ? root : {};
  return { ...object, [head]: set((object as Record<string, Json>)[head] ?? null, rest, value) };
}
