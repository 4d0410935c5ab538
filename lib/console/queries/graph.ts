/** The graph of a pipeline as it is drawn; edges that follow from others are left out. */
import type { GraphEdge, GraphTask } from '../views/graph';
import { edgesOfPipeline, type CataloguePipeline } from '../catalogue';

export function graphOf(pipeline: CataloguePipeline): { tasks: GraphTask[]; edges: GraphEdge[] } {
  const gates = new Set((pipeline.gates ?? []).map(({ from, to }) => `${from} ${to}`));
  const edges = edgesOfPipeline(pipeline);
  return {
    tasks: pipeline.tasks.map((task) => ({
      id: task.id,
      kind: task.kind,
      contract: task.contract ?? null,
      group: task.group ?? null,
      needs: task.needs,
    })),
    edges: withoutShortcuts(edges).map((edge) => ({
      ...edge,
      ...(gates.has(`${edge.from} ${edge.to}`) ? { gate: true } : {}),
    })),
  };
}

/** Leaves out what another way through the graph says already; edges with a choice stay. */
export function withoutShortcuts<E extends GraphEdge>(edges: readonly E[]): E[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const below = new Map<string, ReadonlySet<string>>();
  const reachable = (id: string): ReadonlySet<string> => {
    const known = below.get(id);
    if (known !== undefined) return known;
    const found = new Set<string>();
    below.set(id, found);
    for (const child of next.get(id) ?? []) {
      found.add(child);
      for (const further of reachable(child)) found.add(further);
    }
    return found;
  };
  return edges.filter(
    ({ from, to, choice }) =>
      choice !== undefined ||
      !(next.get(from) ?? []).some((other) => other !== to && reachable(other).has(to)),
  );
}

/** Tasks that wait for some of these, and these, in the order of the pipeline. */
export function withDownstream(
  tasks: readonly { readonly id: string; readonly needs: readonly string[] }[],
  from: readonly string[],
): string[] {
  const found = new Set(from);
  // Needs stand before who needs them, but not in every definition: until nothing is added.
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const { id, needs } of tasks) if (needs.some((need) => found.has(need))) found.add(id);
  }
  return tasks.map(({ id }) => id).filter((id) => found.has(id));
}
