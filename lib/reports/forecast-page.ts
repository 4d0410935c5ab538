import { LineChart } from 'echarts/charts';
import { renderChart, useCharts } from './chart';
import { html } from './html';
import { renderPage, renderTable } from './page';

useCharts([LineChart]);

export interface ForecastPage {
  readonly title: string;
  readonly subtitle: string;
  readonly methods: readonly {
    readonly method: string;
    readonly count: number;
    readonly mae: number;
    readonly rmse: number;
    readonly mape: number | null;
    readonly mase: number | null;
    readonly bias: number;
  }[];
  readonly best: string;
  /** Milliseconds since 1970, and from one value to the next. */
  readonly start: number;
  readonly step: number;
  /** NaN where there is none. */
  readonly values: ArrayLike<number>;
  readonly origins: readonly number[];
  readonly horizon: number;
  readonly forecasts: readonly {
    readonly method: string;
    /** One for each origin. */
    readonly forecasts: readonly ArrayLike<number>[];
  }[];
}

/** Charts of the last origins. */
const SHOWN = 4;

/** Errors of each method, and what it forecast beside what came. */
export function renderForecast(page: ForecastPage): string {
  return renderPage({
    title: page.title,
    subtitle: page.subtitle,
    sections: [
      {
        heading: 'Errors',
        body: html`${renderTable(
            ['Method', 'RMSE', 'MAE', 'MAPE', 'MASE', 'Bias', 'Values'],
            page.methods.map(({ method, rmse, mae, mape, mase, bias, count }) => [
              method === page.best ? html`<span class="good">${method}</span>` : method,
              rmse,
              mae,
              mape ?? '–',
              mase ?? '–',
              bias,
              count,
            ]),
          )}
          <p>A MASE below 1 is better than to repeat the season.</p>`,
      },
      {
        heading: 'Forecasts',
        body: html`<div class="charts">
          ${page.origins
            .slice(-SHOWN)
            .map((origin, i) => chartOf(page, origin, Math.max(0, page.origins.length - SHOWN) + i))}
        </div>`,
      },
    ],
  });
}

function chartOf({ start, step, values, horizon, forecasts }: ForecastPage, origin: number, at: number) {
  const time = (t: number) => new Date(start + t * step).toISOString().slice(0, 16).replace('T', ' ');
  const cell = (value: number | undefined) =>
    value === undefined || Number.isNaN(value) ? null : Number(value.toPrecision(5));
  const steps = Array.from({ length: horizon }, (_, h) => origin + h);
  const line = (name: string, data: readonly (number | null)[]) => ({
    name,
    type: 'line',
    showSymbol: false,
    data,
  });
  return renderChart(
    `From ${time(origin)}`,
    {
      legend: { bottom: 0 },
      grid: { left: 56, right: 16, top: 48, bottom: 72 },
      xAxis: { type: 'category', data: steps.map(time) },
      yAxis: { type: 'value', scale: true },
      series: [
        line(
          'actual',
          steps.map((t) => cell(values[t])),
        ),
        ...forecasts.map(({ method, forecasts: each }) =>
          line(
            method,
            steps.map((_, h) => cell(each[at]?.[h])),
          ),
        ),
      ],
    },
    { width: 520, height: 340 },
  );
}
