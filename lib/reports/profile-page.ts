import { BarChart, HeatmapChart } from 'echarts/charts';
import { VisualMapComponent } from 'echarts/components';
import { renderChart, useCharts } from './chart';
import { html, type Html } from './html';
import { renderPage, renderTable } from './page';
import { shortNumber } from './short-number';

useCharts([BarChart, HeatmapChart, VisualMapComponent]);

interface ProfiledColumn {
  readonly name: string;
  readonly type: string;
  readonly missing: number;
  readonly distinct: number;
  readonly top: readonly { readonly value: string; readonly count: number }[];
  readonly numeric: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly std: number;
    readonly quantiles: Readonly<Record<string, number>>;
    readonly zeros: number;
    readonly negatives: number;
    readonly skewness: number;
    readonly kurtosis: number;
    readonly histogram: readonly number[];
    readonly binWidth: number;
  } | null;
  readonly dates: { readonly starts: readonly string[]; readonly histogram: readonly number[] } | null;
}

export interface ProfilePage {
  readonly title: string;
  readonly subtitle: string;
  readonly profile: {
    readonly rows: number;
    readonly duplicateRows: number;
    readonly missingCells: number;
    readonly columns: readonly ProfiledColumn[];
    readonly correlations: {
      readonly names: readonly string[];
      readonly matrix: readonly (readonly number[])[];
    };
    readonly rankCorrelations: ProfilePage['profile']['correlations'];
    readonly associations: ProfilePage['profile']['correlations'];
    readonly missing: {
      readonly columns: readonly string[];
      readonly blocks: readonly (readonly number[])[];
    };
    readonly alerts: readonly string[];
  };
}

export function renderProfile({ title, subtitle, profile }: ProfilePage): string {
  const { columns, correlations } = profile;
  return renderPage({
    title,
    subtitle,
    sections: [
      {
        heading: 'Overview',
        body: renderTable(
          ['Rows', 'Columns', 'Missing cells', 'Duplicate rows'],
          [[profile.rows, columns.length, profile.missingCells, profile.duplicateRows]],
        ),
      },
      {
        heading: 'Alerts',
        body:
          profile.alerts.length === 0
            ? html`<p>None.</p>`
            : html`<ul>
                ${profile.alerts.map((alert) => html`<li>${alert}</li>`)}
              </ul>`,
      },
      {
        heading: 'Columns',
        body: html`${columns.map(
          (column) =>
            html`<h3>${column.name} <small>${column.type}</small></h3>
              <div class="charts">
                ${chartOf(column)}
                <div>${factsOf(column)}</div>
              </div>`,
        )}`,
      },
      {
        heading: 'Correlations',
        body: html`${
          correlations.names.length < 2
            ? html`<p>Fewer than two numeric columns.</p>`
            : html`<div class="charts">
                ${renderChart('Pearson', heatmap(correlations), { width: 640, height: 520 })}
                ${renderChart('Spearman', heatmap(profile.rankCorrelations), { width: 640, height: 520 })}
              </div>`
        }
        ${
          profile.associations.names.length < 2
            ? html``
            : html`<p>Of texts: Cramér's V, from 0, where one says nothing of the other, to 1.</p>
                <div class="charts">
                  ${renderChart('Cramér’s V', heatmap(profile.associations), { width: 640, height: 520 })}
                </div>`
        }`,
      },
      {
        heading: 'Missing values',
        body:
          profile.missing.columns.length === 0
            ? html`<p>None.</p>`
            : html`<p>From the first rows to the last: the darker, the more are missing.</p>
                <div class="charts">${missingChart(profile.missing)}</div>`,
      },
    ],
  });
}

function chartOf(column: ProfiledColumn) {
  if (column.numeric !== null) {
    const { min, histogram, binWidth } = column.numeric;
    return histogramOf(
      column.name,
      histogram.map((_, i) => shortNumber(min + i * binWidth)),
      histogram,
    );
  }
  if (column.dates !== null) return histogramOf(column.name, column.dates.starts, column.dates.histogram);
  return renderChart(
    column.name,
    {
      grid: { left: 110, right: 16, top: 36, bottom: 24 },
      yAxis: { type: 'category', inverse: true, data: column.top.map((one) => one.value) },
      xAxis: { type: 'value' },
      series: [{ type: 'bar', data: column.top.map((one) => one.count) }],
    },
    { height: 220 },
  );
}

function histogramOf(name: string, labels: readonly string[], counts: readonly number[]): Html {
  return renderChart(
    name,
    {
      xAxis: { type: 'category', data: labels, axisLabel: { hideOverlap: true } },
      yAxis: { type: 'value' },
      series: [{ type: 'bar', data: counts, barCategoryGap: '8%' }],
    },
    { height: 220 },
  );
}

function factsOf(column: ProfiledColumn) {
  const base: [string, unknown][] = [
    ['missing', column.missing],
    ['distinct', column.distinct],
  ];
  const { numeric } = column;
  const numbers: [string, unknown][] =
    numeric === null
      ? []
      : [
          ['min', numeric.min],
          ...Object.entries(numeric.quantiles),
          ['max', numeric.max],
          ['mean', numeric.mean],
          ['standard deviation', numeric.std],
          ['zeros', numeric.zeros],
          ['negatives', numeric.negatives],
          ['skewness', numeric.skewness],
          ['kurtosis', numeric.kurtosis],
        ];
  return renderTable(['', ''], [...base, ...numbers]);
}

function missingChart({ columns, blocks }: ProfilePage['profile']['missing']) {
  return renderChart(
    'Missing values, %',
    {
      grid: { left: 130, right: 16, top: 40, bottom: 30 },
      xAxis: { type: 'category', data: blocks.map((_, i) => String(i + 1)), axisLabel: { show: false } },
      yAxis: { type: 'category', data: columns, inverse: true },
      visualMap: { min: 0, max: 100, show: false, inRange: { color: ['#f6f8fa', '#8c2d04'] } },
      series: [
        {
          type: 'heatmap',
          data: blocks.flatMap((shares, i) => shares.map((share, j) => [i, j, Math.round(100 * share)])),
        },
      ],
    },
    { width: 760, height: 90 + 24 * columns.length },
  );
}

function heatmap({ names, matrix }: ProfilePage['profile']['correlations']): Record<string, unknown> {
  return {
    grid: { left: 130, right: 16, top: 40, bottom: 130 },
    xAxis: { type: 'category', data: names, axisLabel: { rotate: 60 } },
    yAxis: { type: 'category', data: names, inverse: true },
    visualMap: { min: -1, max: 1, show: false, inRange: { color: ['#2166ac', '#f7f7f7', '#b2182b'] } },
    series: [
      {
        type: 'heatmap',
        data: matrix.flatMap((row, i) => row.map((value, j) => [j, i, Math.round(value * 100) / 100])),
        label: { show: true, fontSize: 10 },
      },
    ],
  };
}
