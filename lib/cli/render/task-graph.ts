/** The drawable part of a pipeline: what the graph renderers need and nothing else. */
export interface TaskGraph {
  readonly title: string;
  readonly tasks: readonly {
    readonly id: string;
    /** Shown name, without the group. */
    readonly label: string;
    readonly kind: string;
    readonly group?: string;
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label?: string }[];
  readonly groups: readonly string[];
}

/** Tasks by depth: the longest way from a task without upstream. */
export function layers(graph: TaskGraph): string[][] {
  const depth = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    const upstream = graph.edges.filter((edge) => edge.to === id).map((edge) => depthOf(edge.from));
    const value = upstream.length === 0 ? 0 : Math.max(...upstream) + 1;
    depth.set(id, value);
    return value;
  };
  const result: string[][] = [];
  for (const task of graph.tasks) (result[depthOf(task.id)] ??= []).push(task.id);
  return result;
}
