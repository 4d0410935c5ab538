/**
 * Proof, for each pipeline that is compiled, that its plan is right:
 *
 * 1. every edge is held, by the structure or by a gate;
 * 2. the structure orders nothing that the pipeline does not order; unless it has barriers, and then no gates.
 *
 * With both, structure and gates together are part of the pipeline's order, which has no circle: no task can wait for
 * ever. A structure alone has no circle either.
 */
import type { Edge } from '../model/edges';
import type { PartialOrder } from './partial-order';
import type { GatedPlan, Holding, Plan } from './plan';

/** Way from the root of a plan to a task. */
type Way = readonly { readonly kind: 'series' | 'parallel'; readonly index: number }[];

/** @throws Error when the plan is wrong, which would be a fault of the compiler */
export function verifyPlan(
  { plan, gates }: GatedPlan,
  order: PartialOrder,
  edges: readonly Edge[],
  holding: Holding = 'gates',
): void {
  const ways = new Map<string, Way>();
  collectWays(plan, [], ways);
  const gated = new Set(gates);
  for (const edge of edges) {
    if (!gated.has(edge) && !holds(ways, edge.from, edge.to))
      throw new Error(`Invariant: the plan does not hold the edge ${edge.from} -> ${edge.to}.`);
  }
  if (holding === 'barriers') {
    if (gates.length > 0) throw new Error('Invariant: a plan with barriers has no gates.');
    return;
  }
  for (const a of order.ids)
    for (const b of order.ids)
      if (holds(ways, a, b) && !order.before(a, b))
        throw new Error(`Invariant: the plan lets ${b} wait for ${a} for no reason.`);
}

function collectWays(plan: Plan, way: Way, ways: Map<string, Way>): void {
  if (plan.kind === 'task') ways.set(plan.id, way);
  else plan.parts.forEach((part, index) => collectWays(part, [...way, { kind: plan.kind, index }], ways));
}

/** Whether the structure lets one task begin only after the other. */
function holds(ways: ReadonlyMap<string, Way>, from: string, to: string): boolean {
  const a = ways.get(from) ?? [];
  const b = ways.get(to) ?? [];
  const fork = a.findIndex((step, i) => step.index !== b[i]?.index);
  const step = a[fork];
  return step !== undefined && step.kind === 'series' && step.index < (b[fork]?.index ?? 0);
}
