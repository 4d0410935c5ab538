import { idOf, type GraphNode, type LineageGraph } from '../../tracking/lineage-graph';
import { lineageLabel } from './lineage-text';

const SHAPES: Readonly<Record<GraphNode['kind'], readonly [string, string]>> = {
  dataset: ['[(', ')]'],
  run: ['([', '])'],
  version: ['[[', ']]'],
  code: ['[', ']'],
  execution: ['[', ']'],
  'logical-run': ['[', ']'],
};

/** https://mermaid.js.org/syntax/flowchart.html; arrows lead from what something was made from to what was made from it. */
export function lineageMermaid({ start, nodes, edges }: LineageGraph): string {
  const names = new Map(nodes.map((node, i) => [idOf(node), `n${i}`]));
  const lines = [
    'flowchart LR',
    ...nodes.map((node, i) => {
      const [open, close] = SHAPES[node.kind];
      return `  n${i}${open}"${escaped(lineageLabel(node))}"${close}`;
    }),
    ...edges.map(({ from, to }) => `  ${names.get(from)} --> ${names.get(to)}`),
    `  style ${names.get(start)} stroke-width:3px`,
  ];
  return `${lines.join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replace(/[#"<>&`]/g, (character) => `#${character.charCodeAt(0)};`);
}
