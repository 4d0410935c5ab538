/** Places for the boxes and lines of a graph, by dagre: layers from left to right, or from top to bottom where it is narrow. */
import { Graph, layout } from '@dagrejs/dagre';

export interface LaidOutInput {
  readonly nodes: readonly {
    readonly id: string;
    readonly label: string;
    readonly group: string | null;
    readonly wide?: number;
  }[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly label?: string | undefined;
  }[];
  readonly groups: readonly string[];
  readonly direction: 'LR' | 'TB';
}

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Line {
  readonly from: string;
  readonly to: string;
  readonly label: string | null;
  readonly labelX: number;
  readonly labelY: number;
  /** SVG path. */
  readonly path: string;
}

export interface LaidOut {
  readonly width: number;
  readonly height: number;
  readonly boxes: ReadonlyMap<string, Box>;
  readonly groups: readonly Box[];
  readonly lines: readonly Line[];
}

const HEIGHT = 38;
const CHARACTER = 7.6;
const PADDING = 42;
const MIN_WIDTH = 84;
/** Above so many boxes dagre's exact ranking takes seconds, and its quick one a tenth. */
const MANY = 120;

/** Takes a fifth of a second for 300 boxes: pages ask a worker for it (`askLayout`). */
export function layOut(input: LaidOutInput): LaidOut {
  const g = new Graph({ compound: true });
  const many = input.nodes.length > MANY;
  g.setGraph({
    rankdir: input.direction,
    nodesep: many ? 10 : 16,
    ranksep: input.direction === 'LR' ? 36 : 34,
    marginx: 12,
    marginy: 12,
    ranker: many ? 'longest-path' : 'network-simplex',
  });
  g.setDefaultEdgeLabel(() => ({}));
  for (const group of input.groups) g.setNode(`group ${group}`, {});
  for (const { id, label, group, wide = 0 } of input.nodes) {
    g.setNode(id, { width: Math.max(MIN_WIDTH, label.length * CHARACTER + PADDING + wide), height: HEIGHT });
    if (group !== null && input.groups.includes(group)) g.setParent(id, `group ${group}`);
  }
  for (const { from, to, label = '' } of input.edges)
    g.setEdge(from, to, { width: label.length * CHARACTER, height: label === '' ? 0 : 14, labelpos: 'c' });
  layout(g);
  const size = g.graph() as { width?: number; height?: number };
  const box = (id: string, name: string): Box => {
    const { x, y, width, height } = g.node(name) as Omit<Box, 'id'>;
    return { id, x: x - width / 2, y: y - height / 2, width, height };
  };
  return {
    width: Math.ceil(size.width ?? 0),
    height: Math.ceil(size.height ?? 0),
    boxes: new Map(input.nodes.map(({ id }) => [id, box(id, id)])),
    groups: input.groups.map((group) => box(group, `group ${group}`)),
    lines: input.edges.map(({ from, to, label }) => {
      const edge = g.edge(from, to) as { points: { x: number; y: number }[]; x?: number; y?: number };
      return {
        from,
        to,
        label: label ?? null,
        labelX: edge.x ?? 0,
        labelY: edge.y ?? 0,
        path: smooth(edge.points),
      };
    }),
  };
}

/** Quadratic curves through the middles of the pieces. */
function smooth(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (first === undefined || last === undefined) return '';
  const parts = [`M${n(first.x)} ${n(first.y)}`];
  rest.forEach((point, i) => {
    const next = rest[i + 1] ?? last;
    const end = i === rest.length - 1 ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    parts.push(`Q${n(point.x)} ${n(point.y)} ${n(end.x)} ${n(end.y)}`);
  });
  if (rest.length === 0) parts.push(`L${n(last.x)} ${n(last.y)}`);
  return parts.join('');
}

function n(value: number): number {
  return Math.round(value * 10) / 10;
}
