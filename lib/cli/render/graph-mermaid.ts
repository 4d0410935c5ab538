import type { TaskGraph } from './task-graph';

/** Mermaid flowchart text; groups are subgraphs. */
export function renderMermaid(graph: TaskGraph): string {
  const lines = ['flowchart LR'];
  const id = (task: string) => task.replace(/[^A-Za-z0-9]/g, '_');
  const shape = (task: TaskGraph['tasks'][number]) =>
    task.kind === 'branch' ? `${id(task.id)}{"${task.label}"}` : `${id(task.id)}["${task.label}"]`;
  for (const task of graph.tasks.filter((t) => t.group === undefined)) lines.push(`  ${shape(task)}`);
  for (const group of graph.groups) {
    lines.push(`  subgraph ${id(group)}["${group}"]`);
    for (const task of graph.tasks.filter((t) => t.group === group)) lines.push(`    ${shape(task)}`);
    lines.push('  end');
  }
  for (const edge of graph.edges) {
    lines.push(
      edge.label === undefined
        ? `  ${id(edge.from)} --> ${id(edge.to)}`
        : `  ${id(edge.from)} -->|${edge.label}| ${id(edge.to)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
