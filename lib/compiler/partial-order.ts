/**
 * The order of a pipeline's tasks as a strict partial order: `before(a, b)` is the transitive closure of the edges.
 * All lists keep the order of definition, so that everything built on them is deterministic.
 */
import type { Edge } from '../model/edges';

export class PartialOrder {
  private readonly downstream = new Map<string, Set<string>>();

  constructor(
    readonly ids: readonly string[],
    edges: readonly Edge[],
  ) {
    const direct = new Map<string, string[]>(ids.map((id) => [id, []]));
    for (const edge of edges) direct.get(edge.from)?.push(edge.to);
    const closure = (id: string): Set<string> => {
      const known = this.downstream.get(id);
      if (known !== undefined) return known;
      const reached = new Set<string>();
      for (const next of direct.get(id) ?? []) {
        reached.add(next);
        for (const further of closure(next)) reached.add(further);
      }
      this.downstream.set(id, reached);
      return reached;
    };
    for (const id of ids) closure(id);
  }

  before(a: string, b: string): boolean {
    return this.downstream.get(a)?.has(b) ?? false;
  }

  comparable(a: string, b: string): boolean {
    return this.before(a, b) || this.before(b, a);
  }
}
