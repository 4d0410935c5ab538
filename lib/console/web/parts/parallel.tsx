/** Parallel coordinates: a line for each run through its params and metrics. */
import { useState } from 'preact/hooks';
import type { TrackedRow } from '../../views/tracking';
import { Chart } from './chart';
import { axesOf } from './run-axes';
import { Empty } from './states';

/** Names beside an axis need so much room, in pixels. */
const AXIS_WIDTH = 96;
/** Of params and of metrics, at first. */
const MAX_AXES = 5;

export function Parallel({ runs }: { readonly runs: readonly TrackedRow[] }) {
  const axes = axesOf(runs);
  const [left, setLeft] = useState<ReadonlySet<string>>(() => {
    const params = axes.filter(({ measured }) => !measured);
    const metrics = axes.filter(({ measured }) => measured);
    return new Set([...params.slice(MAX_AXES), ...metrics.slice(MAX_AXES)].map(({ name }) => name));
  });
  const shown = axes.filter(({ name }) => !left.has(name));
  if (axes.length < 2) return <Empty title="There are fewer than two values that differ." />;
  const toggle = (name: string) => {
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    setLeft(next);
  };
  return (
    <>
      <details class="columns">
        <summary>
          Axes ({shown.length} of {axes.length})
        </summary>
        <div class="column-list">
          {axes.map(({ name }) => (
            <label key={name} class="check">
              <input type="checkbox" checked={!left.has(name)} onChange={() => toggle(name)} /> {name}
            </label>
          ))}
        </div>
      </details>
      <div class="scroll" tabIndex={0} role="region" aria-label="Parallel coordinates">
        <Chart
          height={360}
          minWidth={shown.length * AXIS_WIDTH}
          label={`Parallel coordinates of ${runs.length} runs over ${shown.map(({ name }) => name).join(', ')}`}
          option={(colors) => ({
            color: [...colors.series],
            legend: { textStyle: { color: colors.text }, type: 'scroll', top: 0 },
            parallel: { left: 60, right: 70, top: 70, bottom: 24 },
            parallelAxis: shown.map((axis, dim) => ({
              dim,
              name: axis.name,
              nameTextStyle: { color: colors.text },
              nameTruncate: { maxWidth: 110 },
              axisLabel: { color: colors.muted },
              axisLine: { lineStyle: { color: colors.muted } },
              ...(axis.numeric
                ? { type: 'value' as const, scale: true }
                : {
                    type: 'category' as const,
                    data: [...new Set(runs.map((run) => String(axis.of(run) ?? '–')))],
                  }),
            })),
            series: runs.map((run) => ({
              type: 'parallel',
              name: run.name,
              lineStyle: { width: 2, opacity: 0.8 },
              data: [shown.map((axis) => axis.of(run) ?? (axis.numeric ? Number.NaN : '–')) as number[]],
            })),
          })}
        />
      </div>
    </>
  );
}
