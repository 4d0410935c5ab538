/**
 * A pipeline as nested series and parallel parts, which is what Step Functions can say, and gates for what they cannot.
 *
 * Source: Valdes, Tarjan, Lawler, "The recognition of series parallel digraphs", 1982. Over the transitive closure,
 * the components of the comparability graph run in parallel, those of its complement one after the other; a part that
 * is connected in both is split into two parallel halves, and each edge between them becomes a gate. The halves keep
 * the whole order among themselves, also what it owes to tasks of the other half.
 */
import type { Edge } from '../model/edges';
import { cuts } from './cut';
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

/** Cuts that are followed to their end, by the size of the part: what is cheap now may cost more later. */
const FOLLOWED = [
  { size: 10, cuts: 24 },
  { size: 14, cuts: 6 },
  { size: Number.POSITIVE_INFINITY, cuts: 1 },
];

/**
 * What holds the edges of a part that is not series-parallel: `gates`, so that no task waits for more than its upstream
 * tasks; or `barriers`, by which its tasks go on level by level: a machine of a fraction of the size.
 */
export type Holding = 'gates' | 'barriers';

export function planOf(order: PartialOrder, edges: readonly Edge[], holding: Holding = 'gates'): GatedPlan {
  const known = new Map<string, GatedPlan>();
  const visit = (ids: readonly string[]): GatedPlan => {
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) return { plan: { kind: 'task', id: only }, gates: [] };
    const parallel = order.components(ids, 'comparable');
    if (parallel.length > 1) return side(parallel.map(visit));
    const series = order.components(ids, 'incomparable');
    if (series.length > 1) {
      const sorted = [...series].sort((a, b) => (order.before(a[0] ?? '', b[0] ?? '') ? -1 : 1));
      const parts = sorted.map(visit);
      return {
        plan: {
          kind: 'series',
          parts: parts.flatMap(({ plan }) => (plan.kind === 'series' ? plan.parts : [plan])),
        },
        gates: parts.flatMap((part) => part.gates),
      };
    }
    const key = ids.join('\n');
    const found = known.get(key) ?? (holding === 'gates' ? split(ids) : levels(order, ids));
    known.set(key, found);
    return found;
  };
  const split = (ids: readonly string[]): GatedPlan => {
    const limit = FOLLOWED.find(({ size }) => ids.length <= size)?.cuts ?? 1;
    let best: GatedPlan | undefined;
    for (const { halves, across } of cuts(ids, edges, limit)) {
      if (best !== undefined && across.length >= best.gates.length) break;
      const { plan, gates } = side(halves.map(visit));
      if (best === undefined || across.length + gates.length < best.gates.length)
        best = { plan, gates: [...across, ...gates] };
    }
    if (best === undefined) throw new Error('Invariant: a part of two tasks or more can be cut.');
    return best;
  };
  const { plan, gates } = visit(order.ids);
  const gated = new Set(gates);
  return { plan, gates: edges.filter((edge) => gated.has(edge)) };
}

/** A task is on the level behind the last one it waits for; those of a level run side by side. */
function levels(order: PartialOrder, ids: readonly string[]): GatedPlan {
  const level = new Map<string, number>();
  const levelOf = (id: string): number => {
    const known = level.get(id);
    if (known !== undefined) return known;
    const found = ids.reduce(
      (most, other) => (order.before(other, id) ? Math.max(most, 1 + levelOf(other)) : most),
      0,
    );
    level.set(id, found);
    return found;
  };
  const parts: string[][] = [];
  for (const id of ids) (parts[levelOf(id)] ??= []).push(id);
  return {
    plan: {
      kind: 'series',
      parts: parts.map((part): Plan =>
        part.length === 1
          ? { kind: 'task', id: part[0] ?? '' }
          : { kind: 'parallel', parts: part.map((id) => ({ kind: 'task', id })) },
      ),
    },
    gates: [],
  };
}

/** Parts side by side; parts that are parallel themselves are taken apart. */
function side(parts: readonly GatedPlan[]): GatedPlan {
  return {
    plan: {
      kind: 'parallel',
      parts: parts.flatMap(({ plan }) => (plan.kind === 'parallel' ? plan.parts : [plan])),
    },
    gates: parts.flatMap((part) => part.gates),
  };
}

export function membersOf(plan: Plan): string[] {
  return plan.kind === 'task' ? [plan.id] : plan.parts.flatMap(membersOf);
}
