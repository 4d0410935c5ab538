/**
 * A pipeline as nested series and parallel parts, which is what Step Functions can say, and gates for what they cannot.
 *
 * Source: Valdes, Tarjan, Lawler, "The recognition of series parallel digraphs", 1982. Over the transitive closure,
 * the components of the comparability graph run in parallel, those of its complement one after the other; a part that
 * is connected in both is split into two parallel halves, and each edge between them becomes a gate. The halves keep
 * the whole order among themselves, also what it owes to tasks of the other half.
 */
import type { Edge } from '../model/edges';
import { cut } from './cut';
import type { PartialOrder } from './partial-order';

export type Plan =
  | { readonly kind: 'task'; readonly id: string }
  | { readonly kind: 'series'; readonly parts: readonly Plan[] }
  | { readonly kind: 'parallel'; readonly parts: readonly Plan[] };

export interface GatedPlan {
  readonly plan: Plan;
  /** Edges that the structure does not hold: their targets wait at run time for their sources. */
  readonly gates: readonly Edge[];
}

export function planOf(order: PartialOrder, edges: readonly Edge[]): GatedPlan {
  const gates = new Set<Edge>();
  const visit = (ids: readonly string[]): Plan => {
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) return { kind: 'task', id: only };
    const parallel = components(ids, (a, b) => order.comparable(a, b));
    if (parallel.length > 1) return { kind: 'parallel', parts: parallel.map(visit) };
    const series = components(ids, (a, b) => !order.comparable(a, b));
    if (series.length > 1) {
      const sorted = [...series].sort((a, b) => (order.before(a[0] ?? '', b[0] ?? '') ? -1 : 1));
      return { kind: 'series', parts: sorted.map(visit) };
    }
    const halves = cut(ids, edges);
    const half = new Map(halves.flatMap((members, i) => members.map((id) => [id, i] as const)));
    for (const edge of edges) {
      const from = half.get(edge.from);
      const to = half.get(edge.to);
      if (from !== undefined && to !== undefined && from !== to) gates.add(edge);
    }
    const parts = halves.map(visit);
    return {
      kind: 'parallel',
      parts: parts.flatMap((part) => (part.kind === 'parallel' ? part.parts : [part])),
    };
  };
  return { plan: visit(order.ids), gates: edges.filter((edge) => gates.has(edge)) };
}

export function membersOf(plan: Plan): string[] {
  return plan.kind === 'task' ? [plan.id] : plan.parts.flatMap(membersOf);
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
