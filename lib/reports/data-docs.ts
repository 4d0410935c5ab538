/** What was expected of a dataset and what was found: data docs, in the sense of Great Expectations. */
import { BarChart } from 'echarts/charts';
import { renderChart, useCharts } from './chart';
import { html, type Html } from './html';
import { renderPage, renderTable, type Section } from './page';

useCharts([BarChart]);

export interface CheckedExpectation {
  readonly type: string;
  /** Column or columns; '' for the table. */
  readonly column: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly success: boolean;
  /** What was asked for besides the column, e.g. `min 0, mostly 0.9`. */
  readonly asked: string;
  readonly found: string;
  readonly unexpectedShare: number | null;
  readonly counts: readonly { readonly value: unknown; readonly count: number }[];
  readonly rows: readonly { readonly row: number; readonly cells: Readonly<Record<string, unknown>> }[];
}

export interface DataDocs {
  readonly title: string;
  readonly subtitle: string;
  readonly expectations: readonly CheckedExpectation[];
}

const SEVERITIES = ['critical', 'warning', 'info'] as const;

export function renderDataDocs({ title, subtitle, expectations }: DataDocs): string {
  const failed = expectations.filter((one) => !one.success);
  const groups = [...new Set(expectations.map(({ column }) => column))];
  return renderPage({
    title,
    subtitle,
    sections: [
      { heading: 'Summary', body: summaryOf(expectations, failed) },
      ...(failed.length === 0 ? [] : [{ heading: 'Failures', body: html`${failed.map(failureOf)}` }]),
      ...groups.map((column): Section => ({
        heading: column === '' ? 'Table' : column,
        body: renderTable(
          ['Result', 'Severity', 'Expectation', 'Asked for', 'Found'],
          expectations.filter((one) => one.column === column).map(lineOf),
        ),
      })),
    ],
  });
}

function nameOf(type: string): string {
  return type.replace(/^expect_(table_|column_)?/, '').replaceAll('_', ' ');
}

function lineOf(one: CheckedExpectation): unknown[] {
  const result = one.success ? html`<span class="good">met</span>` : html`<span class="bad">failed</span>`;
  return [result, one.severity, nameOf(one.type), one.asked, one.found];
}

function summaryOf(all: readonly CheckedExpectation[], failed: readonly CheckedExpectation[]): Html {
  const count = (severity: string, success: boolean) =>
    all.filter((one) => one.severity === severity && one.success === success).length;
  const bySeverity = renderChart(
    'Expectations by severity',
    {
      legend: { bottom: 0 },
      grid: { left: 70, right: 16, top: 40, bottom: 50 },
      xAxis: { type: 'value', minInterval: 1 },
      yAxis: { type: 'category', data: SEVERITIES, inverse: true },
      series: [
        series(
          'met',
          '#1a7f37',
          SEVERITIES.map((severity) => count(severity, true)),
        ),
        series(
          'failed',
          '#cf222e',
          SEVERITIES.map((severity) => count(severity, false)),
        ),
      ],
    },
    { height: 200 },
  );
  const shares = all.filter(({ unexpectedShare }) => (unexpectedShare ?? 0) > 0);
  return html`<p>
      ${all.length} expectations, ${all.length - failed.length} met, ${failed.length} failed
      ${failed.length === 0 ? '' : `(${SEVERITIES.map((severity) => `${count(severity, false)} ${severity}`).join(', ')})`}.
    </p>
    <div class="charts">${bySeverity} ${shares.length === 0 ? '' : sharesOf(shares)}</div>`;
}

function series(name: string, color: string, data: readonly number[]): Record<string, unknown> {
  return { name, type: 'bar', stack: 'all', itemStyle: { color }, data };
}

const MAX_BARS = 20;

/** Also of expectations that are met, where some values may fail. */
function sharesOf(shares: readonly CheckedExpectation[]): Html {
  const shown = shares
    .toSorted((a, b) => (b.unexpectedShare ?? 0) - (a.unexpectedShare ?? 0))
    .slice(0, MAX_BARS);
  return renderChart(
    'Values or rows that fail, %',
    {
      grid: { left: 230, right: 40, top: 40, bottom: 30 },
      xAxis: { type: 'value', max: 100 },
      yAxis: {
        type: 'category',
        inverse: true,
        data: shown.map(({ column, type }) => `${column}: ${nameOf(type)}`),
        axisLabel: { width: 215, overflow: 'truncate' },
      },
      series: [
        {
          type: 'bar',
          label: { show: true, position: 'right' },
          data: shown.map(({ unexpectedShare, success }) => ({
            value: Number((100 * (unexpectedShare ?? 0)).toPrecision(3)),
            itemStyle: { color: success ? '#d29922' : '#cf222e' },
          })),
        },
      ],
    },
    { width: 600, height: 80 + 26 * shown.length },
  );
}

function failureOf(one: CheckedExpectation): Html {
  const columns = Object.keys(one.rows[0]?.cells ?? {});
  return html`<h3>${one.column === '' ? 'Table' : one.column}: ${nameOf(one.type)}</h3>
    <p>
      <span class="bad">${one.severity}</span>
      ${one.asked === '' ? '' : html`· asked for ${one.asked}`} · found ${one.found}
    </p>
    ${one.counts.length < 2 ? '' : html`<div class="charts">${frequent(one)}</div>`}
    ${
      one.rows.length === 0
        ? ''
        : renderTable(
            ['Row', ...columns],
            one.rows.map(({ row, cells }) => [row, ...columns.map((name) => cells[name] ?? '·')]),
          )
    }`;
}

function frequent({ counts }: CheckedExpectation): Html {
  const shown = counts.slice(0, 10);
  return renderChart(
    'Most frequent values that fail',
    {
      grid: { left: 130, right: 40, top: 36, bottom: 24 },
      xAxis: { type: 'value', minInterval: 1 },
      yAxis: {
        type: 'category',
        inverse: true,
        data: shown.map(({ value }) => (value === null ? 'missing' : String(value))),
        axisLabel: { width: 115, overflow: 'truncate' },
      },
      series: [{ type: 'bar', itemStyle: { color: '#cf222e' }, data: shown.map(({ count }) => count) }],
    },
    { height: 70 + 22 * shown.length },
  );
}
