/**
 * A pipeline as nested series and parallel parts, which is what Step Functions can say.
 *
 * Source: Valdes, Tarjan, Lawler, "The recognition of series parallel digraphs", 1982. Over the transitive closure,
 * the components of the comparability graph run in parallel, those of its complement one after the other; a part that
 * is connected in both contains an N (a < c, b < c, b < d, and nothing else) and is not series-parallel.
 */
import type { PartialOrder } from './partial-order';

export type Plan =
  | { readonly kind: 'task'; readonly id: string }
  | { readonly kind: 'series'; readonly parts: readonly Plan[] }
  | { readonly kind: 'parallel'; readonly parts: readonly Plan[] }
  /** Not series-parallel; `n` is the witness a < c, b < c, b < d. */
  | {
      readonly kind: 'prime';
      readonly ids: readonly string[];
      readonly n: readonly [string, string, string, string];
    };

export function planOf(order: PartialOrder, ids: readonly string[] = order.ids): Plan {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) return { kind: 'task', id: only };
  const parallel = components(ids, (a, b) => order.comparable(a, b));
  if (parallel.length > 1) return { kind: 'parallel', parts: parallel.map((part) => planOf(order, part)) };
  const series = components(ids, (a, b) => !order.comparable(a, b));
  if (series.length > 1) {
    const sorted = [...series].sort((a, b) => (order.before(a[0] ?? '', b[0] ?? '') ? -1 : 1));
    return { kind: 'series', parts: sorted.map((part) => planOf(order, part)) };
  }
  return { kind: 'prime', ids, n: findN(order, ids) };
}

/** Connected components, each and all in the order of `ids`. */
function components(ids: readonly string[], linked: (a: string, b: string) => boolean): string[][] {
  const rest = new Set(ids);
  const result: string[][] = [];
  for (const start of ids) {
    if (!rest.delete(start)) continue;
    const found = new Set([start]);
    const queue = [start];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      for (const other of rest) {
        if (!linked(id, other)) continue;
        rest.delete(other);
        found.add(other);
        queue.push(other);
      }
    }
    result.push(ids.filter((id) => found.has(id)));
  }
  return result;
}

function findN(order: PartialOrder, ids: readonly string[]): [string, string, string, string] {
  for (const b of ids) {
    const after = ids.filter((id) => order.before(b, id));
    for (const c of after) {
      for (const d of after) {
        if (c === d || order.comparable(c, d)) continue;
        const a = ids.find(
          (id) => order.before(id, c) && !order.comparable(id, b) && !order.comparable(id, d),
        );
        if (a !== undefined) return [a, b, c, d];
      }
    }
  }
  throw new Error('Invariant: a prime partial order contains an N.');
}
