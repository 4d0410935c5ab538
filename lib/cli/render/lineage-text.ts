import { idOf, type GraphNode, type LineageGraph } from '../../tracking/lineage-graph';

/** What it was made from first, then what was made from it; each line at most `width` wide. */
export function lineageText(graph: LineageGraph, width: number): string {
  const nodes = new Map(graph.nodes.map((node) => [idOf(node), node]));
  const lines: string[] = [];
  const cut = (line: string) => (line.length > width ? `${line.slice(0, width - 1)}…` : line);
  const neighbours = (id: string, direction: 'from' | 'to') =>
    graph.edges
      .filter((edge) => (direction === 'from' ? edge.to : edge.from) === id)
      .map((edge) => ({ id: direction === 'from' ? edge.from : edge.to, direction }));
  const below = (children: ReturnType<typeof neighbours>, indent: string) => {
    children.forEach(({ id, direction }, i) => {
      const last = i === children.length - 1;
      const node = nodes.get(id);
      if (node === undefined) return;
      lines.push(cut(`${indent}${last ? '└─' : '├─'} ${direction} ${lineageLabel(node)}`));
      below(neighbours(id, direction), `${indent}${last ? '   ' : '│  '}`);
    });
  };
  const start = nodes.get(graph.start);
  if (start !== undefined) lines.push(cut(lineageLabel(start)));
  below([...neighbours(graph.start, 'from'), ...neighbours(graph.start, 'to')], '');
  return `${lines.join('\n')}\n`;
}

const LABELS: Readonly<Record<GraphNode['kind'], (node: GraphNode) => readonly (string | undefined)[]>> = {
  run: ({ id, name, detail }) => [
    'run',
    id.slice(0, 8),
    name === id ? '' : name,
    inBrackets(detail['experiment']),
  ],
  version: ({ name, detail }) => ['version', name, inBrackets(detail['stage'], detail['aliases'])],
  dataset: ({ id, name, detail }) => ['dataset', id.slice(0, 12), name, inBrackets(detail['context'])],
  code: ({ id, detail }) => ['code', id.slice(0, 12), detail['dirty'] === 'true' ? '(with changes)' : ''],
  execution: ({ id }) => ['execution', id.slice(id.lastIndexOf(':') + 1)],
  'logical-run': ({ id }) => ['pipeline run', id],
};

export function lineageLabel(node: GraphNode): string {
  const parts = [...LABELS[node.kind](node), node.gone === true ? '(deleted)' : ''];
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

function inBrackets(...parts: readonly (string | undefined)[]): string {
  const known = parts.filter((part) => part !== undefined && part !== '');
  return known.length === 0 ? '' : `(${known.join(', ')})`;
}
