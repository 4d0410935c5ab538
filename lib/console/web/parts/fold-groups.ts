/** Groups of a graph that are folded into one box each. */
import type { GraphEdge, GraphTask } from '../../views/graph';

export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly kind: string;
  readonly group: string | null;
  /** Of a folded group. */
  readonly members?: readonly string[];
}

export interface Drawn {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly GraphEdge[];
}

/** A folded group is one box; lines inside it are gone, lines across it are drawn once. */
export function fold(
  tasks: readonly GraphTask[],
  edges: readonly GraphEdge[],
  folded: ReadonlySet<string>,
): Drawn {
  const nameOf = new Map<string, string>();
  const nodes = new Map<string, DrawnNode>();
  for (const { id, kind, group } of tasks) {
    const inFolded = group !== null && folded.has(group);
    const name = inFolded ? `group:${group}` : id;
    nameOf.set(id, name);
    const label = inFolded ? group : group === null ? id : id.slice(group.length + 1);
    const members = [...(nodes.get(name)?.members ?? []), id];
    nodes.set(
      name,
      inFolded
        ? { id: name, label: `${label} (${members.length})`, kind: 'group', group, members }
        : { id: name, label, kind, group },
    );
  }
  const lines = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const from = nameOf.get(edge.from) ?? edge.from;
    const to = nameOf.get(edge.to) ?? edge.to;
    const { gate, choice } = edge;
    if (from !== to && !lines.has(`${from} ${to}`))
      lines.set(`${from} ${to}`, {
        from,
        to,
        ...(choice === undefined ? {} : { choice }),
        ...(gate === undefined ? {} : { gate }),
      });
  }
  return { nodes: [...nodes.values()], edges: [...lines.values()] };
}
