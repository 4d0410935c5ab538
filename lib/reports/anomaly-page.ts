/** A dataset beside its own history, figure by figure. */
import { LineChart, ScatterChart } from 'echarts/charts';
import { renderChart, useCharts } from './chart';
import { html, type Html } from './html';
import { renderPage, renderTable } from './page';

useCharts([LineChart, ScatterChart]);

interface CheckedFigure {
  readonly column: string;
  readonly what: string;
  readonly value: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly score: number | null;
  readonly anomalous: boolean;
  readonly severity: string;
  readonly sentence: string;
  readonly before: readonly { readonly logicalDate: string; readonly value: number }[];
}

export interface AnomalyPage {
  readonly title: string;
  readonly subtitle: string;
  readonly logicalDate: string;
  /** Dates that were compared with, and how many are needed. */
  readonly history: number;
  readonly needed: number;
  readonly checked: readonly CheckedFigure[];
}

export function renderAnomalies(page: AnomalyPage): string {
  const anomalies = page.checked.filter(({ anomalous }) => anomalous);
  const rows = page.checked.find(({ column, what }) => column === '' && what === 'rows');
  const summary =
    page.checked.length === 0
      ? html`<p>${page.history} dates before; ${page.needed} are needed. Nothing was compared yet.</p>`
      : html`<p>
            ${page.checked.length} figures compared with ${page.history} dates before, ${anomalies.length}
            unlike them.
          </p>
          <div class="charts">${rows === undefined ? '' : chartOf(rows, page.logicalDate)}</div>`;
  return renderPage({
    title: page.title,
    subtitle: page.subtitle,
    sections: [
      { heading: 'Summary', body: summary },
      ...(anomalies.length === 0
        ? []
        : [
            {
              heading: 'Anomalies',
              body: html`<ul>
                  ${anomalies.map((one) => html`<li><span class="bad">${one.severity}</span> ${one.sentence}</li>`)}
                </ul>
                <div class="charts">
                  ${anomalies.filter((one) => one !== rows).map((one) => chartOf(one, page.logicalDate))}
                </div>`,
            },
          ]),
      {
        heading: 'All figures',
        body: renderTable(
          ['', 'Column', 'Figure', 'Value', 'Median before', 'From', 'To', 'Robust z'],
          page.checked.map((one) => [
            one.anomalous ? html`<span class="bad">unlike</span>` : html`<span class="good">alike</span>`,
            one.column,
            one.what,
            one.value,
            one.median,
            one.low,
            one.high,
            one.score ?? '∞',
          ]),
        ),
      },
    ],
  });
}

function chartOf(figure: CheckedFigure, logicalDate: string): Html {
  const days = [...figure.before.map((one) => one.logicalDate), logicalDate].map((instant) =>
    instant.slice(0, 10),
  );
  const level = (value: number) => days.map(() => value);
  const bound = { type: 'line', symbol: 'none', lineStyle: { type: 'dashed', color: '#9198a1', width: 1 } };
  return renderChart(
    figure.column === '' ? figure.what : `${figure.column}: ${figure.what}`,
    {
      grid: { left: 70, right: 16, top: 40, bottom: 40 },
      xAxis: { type: 'category', data: days },
      yAxis: { type: 'value', scale: true },
      series: [
        { ...bound, data: level(figure.low) },
        { ...bound, data: level(figure.high) },
        { type: 'line', color: '#0969da', data: figure.before.map(({ value }) => value) },
        {
          type: 'scatter',
          color: figure.anomalous ? '#cf222e' : '#1a7f37',
          symbolSize: 10,
          data: [[days.length - 1, figure.value]],
        },
      ],
    },
    { height: 240 },
  );
}
