/** SVG of a pipeline's graph: layered layout by dagre, groups as clusters, readable on light and dark grounds. */
import { Graph, layout } from '@dagrejs/dagre';
import type { TaskGraph } from './task-graph';

const HEIGHT = 36;
const CHARACTER = 7.6;
const PADDING = 28;

export function renderSvg(graph: TaskGraph): string {
  const g = new Graph({ compound: true, multigraph: false });
  g.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 44, marginx: 16, marginy: 16 });
  g.setDefaultEdgeLabel(() => ({}));
  for (const group of graph.groups) g.setNode(`group:${group}`, { label: group });
  for (const task of graph.tasks) {
    g.setNode(task.id, { label: task.label, width: task.label.length * CHARACTER + PADDING, height: HEIGHT });
    if (task.group !== undefined) g.setParent(task.id, `group:${task.group}`);
  }
  for (const edge of graph.edges) {
    g.setEdge(edge.from, edge.to, {
      label: edge.label ?? '',
      width: (edge.label?.length ?? 0) * CHARACTER,
      height: 14,
      labelpos: 'c',
    });
  }
  layout(g);
  const size = g.graph() as { width?: number; height?: number };
  const width = Math.ceil(size.width ?? 0);
  const height = Math.ceil(size.height ?? 0);
  const parts: string[] = [];
  for (const group of graph.groups) {
    const box = g.node(`group:${group}`) as Box;
    parts.push(
      `<rect class="group" x="${n(box.x - box.width / 2)}" y="${n(box.y - box.height / 2)}" width="${n(box.width)}" height="${n(box.height)}" rx="8"/>`,
      `<text class="group-name" x="${n(box.x - box.width / 2 + 8)}" y="${n(box.y - box.height / 2 + 14)}">${escape(group)}</text>`,
    );
  }
  for (const e of g.edges()) {
    const edge = g.edge(e) as { points: { x: number; y: number }[]; label?: string; x?: number; y?: number };
    const path = edge.points.map((p, i) => `${i === 0 ? 'M' : 'L'}${n(p.x)} ${n(p.y)}`).join(' ');
    parts.push(`<path class="edge" d="${path}" marker-end="url(#arrow)"/>`);
    if (edge.label)
      parts.push(
        `<text class="edge-label" x="${n(edge.x ?? 0)}" y="${n((edge.y ?? 0) + 4)}">${escape(edge.label)}</text>`,
      );
  }
  for (const task of graph.tasks) {
    const box = g.node(task.id) as Box;
    parts.push(
      `<g class="task ${task.kind === 'branch' ? 'branch' : ''}"><title>${escape(task.id)}</title>` +
        `<rect x="${n(box.x - box.width / 2)}" y="${n(box.y - box.height / 2)}" width="${n(box.width)}" height="${n(box.height)}" rx="${task.kind === 'branch' ? 18 : 6}"/>` +
        `<text x="${n(box.x)}" y="${n(box.y + 4.5)}">${escape(task.label)}</text></g>`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(graph.title)}">
<title>${escape(graph.title)}</title>
<style>${STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" class="arrow"/></marker></defs>
${parts.join('\n')}
</svg>
`;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const STYLE = `text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1b1f24;text-anchor:middle}
.task rect{fill:#fff;stroke:#57606a}.branch rect{fill:#fff8e6;stroke:#9a6700}
.group{fill:none;stroke:#8c959f;stroke-dasharray:4 3}.group-name{text-anchor:start;font-size:11px;fill:#57606a}
.edge{fill:none;stroke:#57606a}.arrow{fill:#57606a}.edge-label{font-size:11px;fill:#57606a}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.task rect{fill:#161b22;stroke:#8b949e}.branch rect{fill:#2b2111;stroke:#d29922}.group-name,.edge-label{fill:#8b949e}.edge{stroke:#8b949e}.arrow{fill:#8b949e}}`;

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
