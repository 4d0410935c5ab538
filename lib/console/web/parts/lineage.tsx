/** What something was made from, and what was made from it. */
import { useMemo } from 'preact/hooks';
import type { LineageView } from '../../views/models';
import { useOnce } from '../live';
import { go, place } from '../router';
import { Fault, Loading, Shown } from './states';
import { useLayout } from './use-layout';

const SIGNS: Readonly<Record<string, string>> = {
  dataset: '▤',
  run: '∿',
  version: '◆',
  code: '‹›',
  execution: '➤',
  'logical-run': '▷',
};

export function Lineage({ path }: { readonly path: string }) {
  const view = useOnce<LineageView>(path);
  return <Shown view={view}>{(graph) => <Drawing graph={graph} />}</Shown>;
}

function Drawing({ graph }: { readonly graph: LineageView }) {
  const nodes = graph.nodes.map((node) => ({ ...node, label: labelOf(node.name, node.kind) }));
  const input = useMemo(
    () => ({
      nodes: nodes.map(({ id, label }) => ({ id, label, group: null })),
      edges: graph.edges,
      groups: [],
    }),
    [graph],
  );
  const { value: laidOut, error } = useLayout(input);
  if (error !== undefined) return <Fault error={error} />;
  if (laidOut === undefined) return <Loading rows={3} />;
  return (
    <div class="graph" tabIndex={0} role="region" aria-label="Lineage">
      <svg
        width={laidOut.width}
        height={laidOut.height}
        role="group"
        aria-label={`Lineage of ${nodes.length} things`}
      >
        <defs>
          <marker
            id="lineage-arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="6"
            markerHeight="6"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" class="arrow" />
          </marker>
        </defs>
        {laidOut.lines.map((line) => (
          <g key={`${line.from} ${line.to}`} class="g-line">
            <path d={line.path} marker-end="url(#lineage-arrow)" />
          </g>
        ))}
        {nodes.map((node) => {
          const box = laidOut.boxes.get(node.id);
          const to = targetOf(node);
          if (box === undefined) return null;
          const detail = Object.entries(node.detail)
            .map(([name, value]) => `${name}: ${value}`)
            .join('\n');
          return (
            <g
              key={node.id}
              class={`g-task l-${node.kind} ${node.id === graph.start ? 'selected' : ''} ${node.gone ? 'gone' : ''}`}
              transform={`translate(${box.x} ${box.y})`}
              {...(to === undefined
                ? {}
                : {
                    role: 'link' as const,
                    tabindex: 0,
                    'aria-label': `${node.kind} ${node.name}`,
                    onClick: () => go(to),
                    onKeyDown: (event: KeyboardEvent) => {
                      if (event.key === 'Enter') go(to);
                    },
                  })}
            >
              <title>{`${node.kind} ${node.name}${node.gone ? ' (gone)' : ''}\n${detail}`}</title>
              <rect width={box.width} height={box.height} rx="7" />
              <text class="sign" x="16" y={box.height / 2 + 5}>
                {SIGNS[node.kind] ?? '·'}
              </text>
              <text class="name" x="30" y={box.height / 2 + 4.5}>
                {node.label}
              </text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

const MAX = 34;

function labelOf(name: string, kind: string): string {
  const short = kind === 'code' ? name.slice(0, 10) : (name.split(':').at(-1) ?? name);
  return short.length <= MAX ? short : `${short.slice(0, MAX / 2)}…${short.slice(1 - MAX / 2)}`;
}

function targetOf(node: LineageView['nodes'][number]): string | undefined {
  const id = node.id.slice(node.kind.length + 1);
  if (node.gone) return undefined;
  switch (node.kind) {
    case 'run':
      return place('tracked', id);
    case 'logical-run':
      return place('runs', id);
    case 'dataset':
      return place('data', node.name);
    case 'version':
      return place('models', node.name.slice(0, node.name.lastIndexOf('/')));
    default:
      return undefined;
  }
}
