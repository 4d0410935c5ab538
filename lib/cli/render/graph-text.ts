import { layers, type TaskGraph } from './task-graph';

/** One line per task in topological layers, with what it waits for. */
export function renderText(graph: TaskGraph): string {
  const width = Math.max(...graph.tasks.map((task) => task.id.length));
  const lines = [graph.title, ''];
  layers(graph).forEach((layer, i) => {
    for (const id of layer) {
      const upstream = graph.edges
        .filter((edge) => edge.to === id)
        .map((edge) => (edge.label === undefined ? edge.from : `${edge.from} [${edge.label}]`));
      const after = upstream.length === 0 ? '' : `  <- ${upstream.join(', ')}`;
      lines.push(`${String(i + 1).padStart(3)}  ${id.padEnd(width)}${after}`.trimEnd());
    }
  });
  return `${lines.join('\n')}\n`;
}
