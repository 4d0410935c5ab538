/** Two datasets side by side. */
import { BarChart } from 'echarts/charts';
import { renderChart, useCharts } from './chart';
import { html, type Html } from './html';
import { renderPage, renderTable } from './page';
import { shortNumber } from './short-number';

useCharts([BarChart]);

interface Side {
  readonly type: string;
  readonly missing: number;
  readonly distinct: number;
  readonly numeric: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly std: number;
    readonly quantiles: Readonly<Record<string, number>>;
  } | null;
}

export interface ComparisonPage {
  readonly title: string;
  readonly subtitle: string;
  /** What the two are called. */
  readonly names: { readonly before: string; readonly after: string };
  readonly comparison: {
    readonly rows: { readonly before: number; readonly after: number };
    readonly duplicateRows: { readonly before: number; readonly after: number };
    readonly added: readonly { readonly name: string; readonly type: string }[];
    readonly removed: readonly { readonly name: string; readonly type: string }[];
    readonly retyped: readonly { readonly name: string; readonly before: string; readonly after: string }[];
    readonly columns: readonly {
      readonly name: string;
      readonly before: Side;
      readonly after: Side;
      readonly distribution: {
        readonly labels: readonly string[];
        readonly before: readonly number[];
        readonly after: readonly number[];
      };
    }[];
  };
}

export function renderComparison({ title, subtitle, names, comparison }: ComparisonPage): string {
  const { rows, duplicateRows, added, removed, retyped, columns } = comparison;
  const changes = [
    ...added.map(({ name, type }) => html`<li>${name} (${type}) is new</li>`),
    ...removed.map(({ name, type }) => html`<li>${name} (${type}) is gone</li>`),
    ...retyped.map(({ name, before, after }) => html`<li>${name} was ${before} and is ${after}</li>`),
  ];
  return renderPage({
    title,
    subtitle,
    sections: [
      {
        heading: 'Overview',
        body: renderTable(
          ['', names.before, names.after],
          [
            ['rows', rows.before, rows.after],
            ['duplicate rows', duplicateRows.before, duplicateRows.after],
          ],
        ),
      },
      {
        heading: 'Schema',
        body:
          changes.length === 0
            ? html`<p>The same columns of the same types.</p>`
            : html`<ul>
                ${changes}
              </ul>`,
      },
      {
        heading: 'Columns',
        body: html`${columns.map(
          (column) =>
            html`<h3>${column.name} <small>${column.after.type}</small></h3>
              <div class="charts">
                ${chartOf(column, names)}
                <div>
                  ${renderTable(['', names.before, names.after], factsOf(column.before, column.after, rows))}
                </div>
              </div>`,
        )}`,
      },
    ],
  });
}

function factsOf(a: Side, b: Side, rows: { readonly before: number; readonly after: number }): unknown[][] {
  const share = (missing: number, all: number) => (all === 0 ? 0 : missing / all);
  const facts: unknown[][] = [
    ['share missing', share(a.missing, rows.before), share(b.missing, rows.after)],
    ['distinct', a.distinct, b.distinct],
  ];
  if (a.numeric === null || b.numeric === null) return facts;
  const [x, y] = [a.numeric, b.numeric];
  return [
    ...facts,
    ['mean', x.mean, y.mean],
    ['standard deviation', x.std, y.std],
    ['min', x.min, y.min],
    ...Object.keys(x.quantiles).map((q) => [q, x.quantiles[q] ?? 0, y.quantiles[q] ?? 0]),
    ['max', x.max, y.max],
  ];
}

function chartOf(
  column: ComparisonPage['comparison']['columns'][number],
  names: ComparisonPage['names'],
): Html {
  const { name, distribution } = column;
  const { labels, before, after } = distribution;
  const numeric = column.before.numeric !== null && column.after.numeric !== null;
  const percent = (shares: readonly number[]) => shares.map((share) => Number((100 * share).toPrecision(3)));
  return renderChart(
    `${name}, % of the values`,
    {
      legend: { bottom: 0 },
      grid: { left: 48, right: 16, top: 36, bottom: 60 },
      xAxis: {
        type: 'category',
        data: labels.map((label) => (numeric ? shortNumber(Number(label)) : label)),
        axisLabel: { hideOverlap: true, width: 90, overflow: 'truncate' },
      },
      yAxis: { type: 'value' },
      series: [
        { name: names.before, type: 'bar', itemStyle: { color: '#8c959f' }, data: percent(before) },
        { name: names.after, type: 'bar', itemStyle: { color: '#0969da' }, data: percent(after) },
      ],
    },
    { height: 260 },
  );
}
