/** A page that compares tracked runs: parallel coordinates, metrics against params, curves over steps, tables. */
import { LineChart, ParallelChart, ScatterChart } from 'echarts/charts';
import { ParallelComponent } from 'echarts/components';
import { COLORS, renderChart, useCharts } from './chart';
import { html, type Html } from './html';
import { renderPage, renderTable, type Section } from './page';

useCharts([LineChart, ParallelChart, ScatterChart, ParallelComponent]);

export interface ComparedRuns {
  readonly title: string;
  readonly subtitle: string;
  readonly runs: readonly { readonly runId: string; readonly name: string; readonly status: string }[];
  /** Values for each run; `null`: the run has none. */
  readonly params: Readonly<Record<string, readonly (string | null)[]>>;
  readonly metrics: Readonly<Record<string, readonly (number | string | null)[]>>;
  readonly curves: readonly {
    readonly metric: string;
    /** Index of the run. */
    readonly run: number;
    readonly points: readonly (readonly [number, number])[];
  }[];
  /** What the params are drawn against. @default the first metric that most runs have */
  readonly metric?: string | undefined;
}

type Chart = Readonly<Record<string, unknown>>;

interface Axis {
  readonly name: string;
  /** Texts of a category; absent for numbers. */
  readonly texts?: readonly string[];
  readonly values: readonly (number | string | null)[];
}

/** More axes than these cannot be read side by side. */
const MAX_AXES = 12;
const MAX_SCATTERS = 6;

export function renderRunComparison(page: ComparedRuns): string {
  const names = page.runs.map((run) => `${run.name} (${run.runId.slice(0, 8)})`);
  const params = Object.entries(page.params).map(([name, values]) => paramAxis(name, values));
  const metrics = Object.entries(page.metrics).map(([name, values]): Axis => ({
    name,
    values: values.map((value) => (typeof value === 'number' ? value : null)),
  }));
  const target =
    metrics.find(({ name }) => name === page.metric) ??
    metrics.reduce<Axis | undefined>(
      (best, axis) => (best === undefined || present(axis) > present(best) ? axis : best),
      undefined,
    );
  const sections: Section[] = [
    {
      heading: 'Runs',
      body: renderTable(
        ['Run', 'Name', 'Status'],
        page.runs.map((run) => [run.runId, run.name, run.status]),
      ),
    },
    { heading: 'Metrics', body: valuesTable('Metric', names, page.metrics) },
    { heading: 'Params that differ', body: valuesTable('Param', names, page.params) },
  ];
  const others = metrics.filter((axis) => axis !== target);
  // What the runs were to reach stands last, even when there is no room for all the rest.
  const axes = [
    ...[...params, ...others].slice(0, MAX_AXES - 1),
    ...(target === undefined ? [] : [target]),
  ].filter((axis) => present(axis) > 0);
  if (axes.length > 1)
    sections.push({ heading: 'Parallel coordinates', body: charts([parallel(axes, names)]) });
  if (target !== undefined) {
    const against = [...params, ...others].filter((axis) => present(axis) > 0).slice(0, MAX_SCATTERS);
    if (against.length > 0)
      sections.push({
        heading: `What ${target.name} depends on`,
        body: charts(against.map((axis) => scatter(axis, target, names))),
      });
  }
  const curved = [...new Set(page.curves.map(({ metric }) => metric))];
  if (curved.length > 0)
    sections.push({
      heading: 'Metrics over steps',
      body: charts(curved.map((metric) => curves(metric, page.curves, names))),
    });
  return renderPage({ title: page.title, subtitle: page.subtitle, sections });
}

function parallel(axes: readonly Axis[], names: readonly string[]): Html {
  return chart(
    'Params and metrics of each run',
    {
      parallel: { left: 60, right: 80, top: 70, bottom: 60 },
      parallelAxis: axes.map((axis, dim) => ({
        dim,
        name: axis.name,
        ...(axis.texts === undefined
          ? { type: 'value', scale: true }
          : { type: 'category', data: [...axis.texts] }),
      })),
      series: names.map((name, run) => ({
        name,
        type: 'parallel',
        lineStyle: { width: 2, opacity: 0.9, color: COLORS[run % COLORS.length] },
        data: [axes.map((axis) => axis.values[run] ?? '-')],
      })),
    },
    names,
    { width: Math.max(640, axes.length * 110), height: 400 },
  );
}

function scatter(x: Axis, y: Axis, names: readonly string[]): Html {
  return chart(
    `${y.name} by ${x.name}`,
    {
      grid: { left: 60, right: 24, top: 48, bottom: 80 },
      xAxis: {
        ...(x.texts === undefined
          ? { type: 'value', scale: true }
          : { type: 'category', data: [...x.texts] }),
        name: x.name,
        nameLocation: 'middle',
        nameGap: 24,
      },
      yAxis: { type: 'value', scale: true, name: y.name },
      series: names.map((name, run) => ({
        name,
        type: 'scatter',
        symbolSize: 11,
        data: [[x.values[run] ?? '-', y.values[run] ?? '-']],
      })),
    },
    names,
    { height: 336 },
  );
}

function curves(metric: string, all: ComparedRuns['curves'], names: readonly string[]): Html {
  const series = names.map((name, run) => ({
    name,
    type: 'line',
    showSymbol: false,
    data: all.find((curve) => curve.metric === metric && curve.run === run)?.points ?? [],
  }));
  return chart(
    `${metric} over steps`,
    {
      grid: { left: 60, right: 24, top: 48, bottom: 80 },
      xAxis: { type: 'value', name: 'step', nameLocation: 'middle', nameGap: 24 },
      yAxis: { type: 'value', scale: true, name: metric },
      series,
    },
    names,
    { height: 336 },
  );
}

function chart(
  title: string,
  option: Chart,
  names: readonly string[],
  size: { readonly width?: number; readonly height: number },
): Html {
  return renderChart(
    title,
    { legend: { bottom: 0, data: [...names], textStyle: { fontSize: 11 } }, ...option },
    size,
  );
}

function charts(figures: readonly Html[]): Html {
  return html`<div class="charts">${figures}</div>`;
}

function valuesTable(
  title: string,
  names: readonly string[],
  values: Readonly<Record<string, readonly (string | number | null)[]>>,
): Html {
  const rows = Object.entries(values).map(([name, cells]) => [name, ...cells.map((cell) => cell ?? '–')]);
  return rows.length === 0 ? html`<p>None.</p>` : renderTable([title, ...names], rows);
}

/** Numbers when all that was logged are. */
function paramAxis(name: string, values: readonly (string | null)[]): Axis {
  const logged = values.filter((value) => value !== null);
  if (logged.every((value) => value.trim() !== '' && Number.isFinite(Number(value))))
    return { name, values: values.map((value) => (value === null ? null : Number(value))) };
  return { name, values, texts: [...new Set(logged)] };
}

function present(axis: Axis): number {
  return axis.values.filter((value) => value !== null).length;
}
