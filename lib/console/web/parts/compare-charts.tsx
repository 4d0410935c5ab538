/** Charts of tracked runs: curves over steps or time, parallel coordinates, scatter. */
import { useState } from 'preact/hooks';
import type { CompareView, TrackedRow } from '../../views/tracking';
import { number } from '../format';
import { setQuery } from '../router';
import { Chart } from './chart';
import { Empty } from './states';

export function Curves({ comparison }: { readonly comparison: CompareView }) {
  const [overTime, setOverTime] = useState(false);
  const metrics = [...new Set(comparison.curves.map(({ metric }) => metric))];
  if (metrics.length === 0) return <Empty title="No metric was logged at more than one step." />;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={overTime}
          onChange={(event) => setOverTime(event.currentTarget.checked)}
        />{' '}
        Over time instead of steps
      </label>
      {metrics.map((metric) => (
        <section key={metric} aria-label={`Curves of ${metric}`}>
          <h3>{metric}</h3>
          <Chart
            label={`${metric} ${overTime ? 'over time' : 'by step'} of ${comparison.runs.length} runs`}
            option={(colors) => ({
              color: [...colors.series],
              legend: { textStyle: { color: colors.text }, type: 'scroll', top: 0 },
              grid: { left: 56, right: 20, top: 34, bottom: 30 },
              tooltip: {
                trigger: 'axis',
                renderMode: 'richText',
                valueFormatter: (value: number) => number(value),
              },
              xAxis: {
                type: overTime ? 'time' : 'value',
                axisLabel: { color: colors.muted },
                axisLine: { lineStyle: { color: colors.line } },
                splitLine: { show: false },
              },
              yAxis: {
                type: 'value',
                scale: true,
                axisLabel: { color: colors.muted },
                splitLine: { lineStyle: { color: colors.line } },
              },
              series: comparison.curves
                .filter((curve) => curve.metric === metric)
                .map((curve) => ({
                  type: 'line',
                  name: comparison.runs[curve.run]?.name ?? '',
                  showSymbol: curve.points.length < 50,
                  data: curve.points.map(([step, time, value]) => [overTime ? time : step, value]),
                })),
            })}
          />
        </section>
      ))}
    </>
  );
}

interface Axis {
  readonly name: string;
  readonly of: (run: TrackedRow) => number | string | undefined;
  readonly numeric: boolean;
  /** A metric, and no param. */
  readonly measured: boolean;
}

/** Metrics, and the params that differ. */
function axesOf(runs: readonly TrackedRow[]): Axis[] {
  const params = [...new Set(runs.flatMap((run) => Object.keys(run.params)))]
    .sort()
    .filter((name) => new Set(runs.map((run) => run.params[name])).size > 1)
    .map((name): Axis => {
      const values = runs.flatMap((run) => (run.params[name] === undefined ? [] : [run.params[name]]));
      const numeric = values.every((value) => value.trim() !== '' && Number.isFinite(Number(value)));
      return {
        name,
        numeric,
        measured: false,
        of: (run) => {
          const value = run.params[name];
          return value !== undefined && numeric ? Number(value) : value;
        },
      };
    });
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].sort().map((name): Axis => ({
    name,
    numeric: true,
    measured: true,
    of: (run) => {
      const value = run.metrics[name];
      return typeof value === 'number' ? value : undefined;
    },
  }));
  return [...params, ...metrics];
}

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
      <Chart
        height={360}
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
    </>
  );
}

export function Scatter({
  runs,
  query,
}: {
  readonly runs: readonly TrackedRow[];
  readonly query: URLSearchParams;
}) {
  const axes = axesOf(runs).filter(({ numeric }) => numeric);
  const [first, second] = axes;
  const x = axes.find(({ name }) => name === query.get('x')) ?? first;
  const y = axes.find(({ name }) => name === query.get('y')) ?? axes.at(-1) ?? second;
  if (x === undefined || y === undefined) return <Empty title="There is no number to draw." />;
  const points = runs.filter((run) => x.of(run) !== undefined && y.of(run) !== undefined);
  return (
    <>
      <p class="row">
        <AxisChoice label="Across" name="x" axes={axes} value={x.name} />
        <AxisChoice label="Up" name="y" axes={axes} value={y.name} />
      </p>
      <Chart
        height={360}
        label={`${y.name} against ${x.name} of ${points.length} runs`}
        option={(colors) => ({
          color: [...colors.series],
          grid: { left: 66, right: 24, top: 24, bottom: 48 },
          tooltip: {
            renderMode: 'richText',
            formatter: (item: unknown) => {
              const run = points[(item as { dataIndex: number }).dataIndex];
              return run === undefined
                ? ''
                : `${run.name}\n${x.name} ${number(x.of(run))}\n${y.name} ${number(y.of(run))}`;
            },
          },
          xAxis: {
            type: 'value',
            scale: true,
            name: x.name,
            nameLocation: 'middle',
            nameGap: 28,
            nameTextStyle: { color: colors.text },
            axisLabel: { color: colors.muted },
            splitLine: { lineStyle: { color: colors.line } },
          },
          yAxis: {
            type: 'value',
            scale: true,
            name: y.name,
            nameTextStyle: { color: colors.text, align: 'left' },
            axisLabel: { color: colors.muted },
            splitLine: { lineStyle: { color: colors.line } },
          },
          series: [
            {
              type: 'scatter',
              symbolSize: 12,
              data: points.map((run) => [x.of(run) as number, y.of(run) as number]),
            },
          ],
        })}
      />
    </>
  );
}

function AxisChoice({
  label,
  name,
  axes,
  value,
}: {
  readonly label: string;
  readonly name: string;
  readonly axes: readonly Axis[];
  readonly value: string;
}) {
  return (
    <label class="field-inline">
      {label}{' '}
      <select value={value} onChange={(event) => setQuery({ [name]: event.currentTarget.value })}>
        {axes.map((axis) => (
          <option key={axis.name} value={axis.name}>
            {axis.name}
          </option>
        ))}
      </select>
    </label>
  );
}
