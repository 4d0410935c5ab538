/** The graph of a pipeline: tasks with their states, groups that fold, choices on the lines, gates dashed. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { GraphEdge, GraphTask } from '../../views/graph';
import type { TaskChange } from '../../views/plan';
import type { TaskStateView } from '../../views/runs';
import { useNarrow } from '../narrow';
import { fold } from './fold-groups';
import { ChangeLegend, CHANGES, Legend } from './graph-legend';
import { changeOf, classOf, kindSign, labelOf, lineClass, pressed, statusOf } from './graph-words';
import { Fault, Loading } from './states';
import { sign, statusClass } from './status';
import { useLayout } from './use-layout';

export interface GraphProps {
  readonly tasks: readonly GraphTask[];
  readonly edges: readonly GraphEdge[];
  /** Without them it is the graph of a definition. */
  readonly states?: readonly TaskStateView[];
  /** What a deployment would do to tasks. */
  readonly changes?: Readonly<Record<string, TaskChange>>;
  readonly selected?: string | null;
  readonly onSelect?: (task: string) => void;
}

/** Larger graphs begin with their groups folded. */
const FOLD_FROM = 40;
/** Room for the name of a group above its tasks. */
const LABEL = 8;

export function Graph({ tasks, edges, states, changes, selected = null, onSelect }: GraphProps) {
  const groups = useMemo(
    () => [...new Set(tasks.flatMap(({ group }) => (group === null ? [] : [group])))],
    [tasks],
  );
  const [folded, setFolded] = useState<ReadonlySet<string>>(
    () => new Set(tasks.length > FOLD_FROM ? groups : []),
  );
  const [fit, setFit] = useState(false);
  const narrow = useNarrow();
  const place = useRef<HTMLDivElement>(null);
  const drawn = useMemo(() => fold(tasks, edges, folded), [JSON.stringify([tasks, edges]), folded]);
  const gates = useMemo(
    () => new Set(drawn.edges.flatMap(({ from, to, gate }) => (gate === true ? [`${from} ${to}`] : []))),
    [drawn],
  );
  const input = useMemo(
    () => ({
      nodes: drawn.nodes.map(({ id, label, group, members }) => ({
        id,
        label,
        group: members === undefined ? group : null,
      })),
      edges: drawn.edges.map(({ from, to, choice }) => ({ from, to, label: choice })),
      // Drawn as boxes around their tasks.
      groups: groups.filter((group) => !folded.has(group)),
    }),
    [drawn],
  );
  const { value: laidOut, error } = useLayout(input);
  useEffect(() => {
    const frame = place.current;
    // From top to bottom the first task stands in the middle.
    if (frame !== null && narrow) frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  }, [laidOut]);
  const byId = new Map((states ?? []).map((state) => [state.id, state]));
  if (error !== undefined) return <Fault error={error} />;
  if (laidOut === undefined) return <Loading rows={3} />;
  const toggle = (group: string) => {
    const next = new Set(folded);
    if (!next.delete(group)) next.add(group);
    setFolded(next);
  };
  return (
    <div class="graph-frame">
      <div class="graph-tools">
        {groups.length > 0 && (
          <button
            type="button"
            class="quiet small"
            onClick={() => setFolded(new Set(folded.size === 0 ? groups : []))}
          >
            {folded.size === 0 ? 'Fold groups' : 'Unfold groups'}
          </button>
        )}
        <button type="button" class="quiet small" aria-pressed={fit} onClick={() => setFit(!fit)}>
          Fit to the width
        </button>
      </div>
      <div
        class={fit ? 'graph fit' : 'graph'}
        ref={place}
        tabIndex={0}
        role="region"
        aria-label="Graph of tasks"
      >
        <svg
          width={laidOut.width}
          height={laidOut.height}
          viewBox={`0 0 ${laidOut.width} ${laidOut.height}`}
          role="group"
          aria-label={`${tasks.length} tasks`}
        >
          <defs>
            <marker
              id="arrow"
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
          {laidOut.groups.map((box) => (
            <g key={box.id} class="g-group">
              <rect x={box.x} y={box.y - LABEL} width={box.width} height={box.height + LABEL} rx="10" />
              <g
                role="button"
                tabindex={0}
                aria-label={`Fold group ${box.id}`}
                onClick={() => toggle(box.id)}
                onKeyDown={pressed(() => toggle(box.id))}
              >
                <text x={box.x + 10} y={box.y + 14 - LABEL}>
                  ▾ {box.id}
                </text>
              </g>
            </g>
          ))}
          {laidOut.lines.map((line) => {
            const from = byId.get(line.from)?.status;
            const to = byId.get(line.to)?.status;
            const passed = states !== undefined && from === 'success' && to !== 'skipped' && to !== 'waiting';
            const gate = gates.has(`${line.from} ${line.to}`);
            return (
              <g key={`${line.from} ${line.to}`} class={lineClass(to === 'skipped', passed, gate)}>
                <path d={line.path} marker-end="url(#arrow)" />
                {line.label !== null && (
                  <text x={line.labelX} y={line.labelY + 4}>
                    {line.label}
                  </text>
                )}
              </g>
            );
          })}
          {drawn.nodes.map((node) => {
            const box = laidOut.boxes.get(node.id);
            if (box === undefined) return null;
            const status = states === undefined ? undefined : statusOf(node, byId);
            const select = onSelect === undefined ? undefined : () => onSelect(node.id);
            const act = node.members === undefined ? select : () => toggle(node.group ?? '');
            const state = byId.get(node.id);
            const change = changeOf(node, changes);
            const label =
              labelOf(node.id, status, state) + (change === undefined ? '' : `: ${CHANGES[change].words}`);
            return (
              <g
                key={node.id}
                class={classOf([
                  'g-task',
                  `k-${node.kind}`,
                  status === undefined ? '' : statusClass(status),
                  change === undefined ? '' : `ch-${change}`,
                  selected === node.id ? 'selected' : '',
                  state?.critical === true ? 'critical' : '',
                ])}
                aria-label={label}
                {...(act === undefined
                  ? { role: 'img' }
                  : {
                      role: 'button',
                      tabindex: 0,
                      'aria-pressed': selected === node.id,
                      onClick: act,
                      onKeyDown: pressed(act),
                    })}
                transform={`translate(${box.x} ${box.y})`}
              >
                <title>{label}</title>
                <rect width={box.width} height={box.height} rx={node.kind === 'task' ? 7 : 19} />
                <text class="sign" x="16" y={box.height / 2 + 5}>
                  {node.members !== undefined
                    ? '▸'
                    : change !== undefined
                      ? CHANGES[change].sign
                      : status === undefined
                        ? kindSign(node.kind)
                        : sign(status)}
                </text>
                <text class="name" x="30" y={box.height / 2 + 4.5}>
                  {node.label}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      {states !== undefined && <Legend states={states} />}
      {changes !== undefined && <ChangeLegend changes={changes} tasks={tasks.length} />}
    </div>
  );
}
