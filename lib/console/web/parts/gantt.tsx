/** When each task waited and ran; the critical path is marked. */
import type { TaskStateView } from '../../views/runs';
import { clock, duration, utc, words } from '../format';
import { sign, statusClass } from './status';
import { useNow } from './time';

const ROW = 26;
const LABEL = 190;
const WIDTH = 1000;
const TICKS = 6;

export function Gantt({
  tasks,
  start,
  end,
  selected,
  onSelect,
}: {
  readonly tasks: readonly TaskStateView[];
  /** ISO instants of the run. */
  readonly start: string;
  readonly end: string | undefined;
  readonly selected: string | null;
  readonly onSelect: (task: string) => void;
}) {
  const now = useNow(1000, end === undefined);
  const ran = tasks
    .filter((task) => task.startedAt !== null)
    .sort((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? -1 : 1));
  // A rerun may have begun long after the run did.
  const from = Math.min(Date.parse(start), ...ran.map((task) => Date.parse(task.startedAt ?? start)));
  const until = Math.max(
    from + 1,
    end === undefined ? now : Date.parse(end),
    ...ran.map((task) => (task.endedAt === null ? from : Date.parse(task.endedAt))),
  );
  const x = (instant: number) => LABEL + ((instant - from) / (until - from)) * (WIDTH - LABEL - 70);
  const height = ran.length * ROW + 26;
  if (ran.length === 0) return <p class="hint">No task has run yet.</p>;
  return (
    <div class="gantt" tabIndex={0} role="region" aria-label="Gantt chart of tasks">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="group" aria-label={`${ran.length} tasks over time`}>
        {Array.from({ length: TICKS }, (_, i) => from + ((until - from) * i) / (TICKS - 1)).map((instant) => (
          <g key={instant} class="tick">
            <path d={`M${x(instant)} 18V${height}`} />
            <text x={x(instant)} y="12">
              {duration(instant - from)}
            </text>
          </g>
        ))}
        {ran.map((task, i) => {
          const begin = Date.parse(task.startedAt ?? start);
          const stop = task.endedAt === null ? until : Date.parse(task.endedAt);
          const waited = task.waitedMs ?? 0;
          const label = `${task.id}: ${words(task.status)}, ${duration(stop - begin)} from ${clock(task.startedAt ?? start)}, waited ${duration(task.waitedMs)}${task.critical ? ', on the critical path' : ''}`;
          return (
            <g
              key={task.id}
              class={`bar ${statusClass(task.status)} ${task.critical ? 'critical' : ''} ${selected === task.id ? 'selected' : ''}`}
              transform={`translate(0 ${22 + i * ROW})`}
              role="button"
              tabindex={0}
              onClick={() => onSelect(task.id)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                onSelect(task.id);
              }}
            >
              <title>{`${label}\nfrom ${utc(task.startedAt ?? start)}`}</title>
              <rect class="row" width={WIDTH} height={ROW} />
              <text class="name" x="6" y="17">
                {sign(task.status)} {task.id.length > 24 ? `…${task.id.slice(-23)}` : task.id}
              </text>
              {waited > 0 && (
                <rect
                  class="waited"
                  x={x(begin - waited)}
                  y="10"
                  width={x(begin) - x(begin - waited)}
                  height="6"
                />
              )}
              <rect
                class="ran"
                x={x(begin)}
                y="5"
                width={Math.max(2, x(stop) - x(begin))}
                height="16"
                rx="3"
              />
              <text class="took" x={Math.max(2, x(stop)) + 5} y="17">
                {duration(stop - begin)}
              </text>
            </g>
          );
        })}
      </svg>
      <p class="hint">
        Thin: waited after the tasks before it. Outlined: the critical path, which the run could not end
        before.
      </p>
    </div>
  );
}
