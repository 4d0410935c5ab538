import { LineChart, ScatterChart } from 'echarts/charts';
import type { RegressionEvaluation } from '../tasks/dataset';
import { renderChart, useCharts } from './chart';
import { html } from './html';
import { renderPage, renderTable } from './page';

useCharts([LineChart, ScatterChart]);

export interface RegressionComparison {
  readonly title: string;
  readonly subtitle: string;
  readonly evaluations: readonly RegressionEvaluation[];
  /** Predicted number of each row, per model. */
  readonly predictions: readonly { readonly name: string; readonly predicted: readonly number[] }[];
  readonly actual: readonly number[];
}

/** Rows drawn at the end of the series, and points of a scatter: more are neither seen nor loaded quickly. */
const SHOWN_ROWS = 240;
const SHOWN_POINTS = 1000;

/** Metrics, actual and predicted numbers in the order of the rows and against each other. */
export function renderRegressionComparison(comparison: RegressionComparison): string {
  const { evaluations, predictions, actual } = comparison;
  const from = Math.max(0, actual.length - SHOWN_ROWS);
  const line = (name: string, values: readonly number[]) => ({
    name,
    type: 'line',
    showSymbol: false,
    data: values.slice(from).map((value, i) => [from + i, rounded(value)]),
  });
  const step = Math.max(1, Math.ceil(actual.length / SHOWN_POINTS));
  const axes = (x: string, y: string) => ({
    legend: { bottom: 0 },
    xAxis: { type: 'value', min: 'dataMin', max: 'dataMax', name: x, nameLocation: 'middle', nameGap: 22 },
    yAxis: { type: 'value', name: y },
    grid: { left: 56, right: 16, top: 48, bottom: 64 },
  });
  return renderPage({
    title: comparison.title,
    subtitle: comparison.subtitle,
    sections: [
      {
        heading: 'Metrics',
        body: renderTable(
          ['Model', 'RMSE', 'MAE', 'R²', 'MAPE', 'Median error', 'Largest error', 'Bias', 'Rows'],
          evaluations.map(({ model, metrics }) => [
            model.name,
            metrics.rmse,
            metrics.mae,
            metrics.r2,
            metrics.mape,
            metrics.medianAbsoluteError,
            metrics.maxError,
            metrics.bias,
            metrics.rows,
          ]),
        ),
      },
      {
        heading: 'Actual and predicted',
        body: html`<div class="charts">
          ${[
            renderChart(
              `The last ${actual.length - from} rows`,
              {
                ...axes('row', 'value'),
                series: [line('actual', actual), ...predictions.map((one) => line(one.name, one.predicted))],
              },
              { height: 360 },
            ),
            renderChart(
              'Predicted against actual',
              {
                ...axes('actual', 'predicted'),
                series: predictions.map(({ name, predicted }) => ({
                  name,
                  type: 'scatter',
                  symbolSize: 4,
                  data: actual.flatMap((value, row) =>
                    row % step === 0 ? [[rounded(value), rounded(predicted[row] ?? Number.NaN)]] : [],
                  ),
                })),
              },
              { height: 360 },
            ),
          ]}
        </div>`,
      },
    ],
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
