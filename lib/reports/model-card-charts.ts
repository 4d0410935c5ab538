/** The charts of a model card. */
import { LineChart } from 'echarts/charts';
import { renderBars } from './bars';
import { renderChart, useCharts } from './chart';
import { html, type Html } from './html';

useCharts([LineChart]);

type Point = readonly [number, number];
type Line = { readonly name: string; readonly points: readonly Point[] };

const round = (value: number) => Number(value.toPrecision(5));
const rounded = (points: readonly Point[]) => points.map(([x, y]) => [round(x), round(y)]);
const MAX_POINTS = 400;

/** Fewer points where more would not be seen; the ends stay. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= MAX_POINTS) return points;
  const step = (points.length - 1) / (MAX_POINTS - 1);
  return Array.from({ length: MAX_POINTS }, (_, i) => points[Math.round(i * step)]!);
}

const line = ({ name, points }: Line) => ({
  name,
  type: 'line',
  showSymbol: false,
  data: rounded(thinned(points)),
});

const diagonal = {
  name: 'by chance',
  type: 'line',
  showSymbol: false,
  lineStyle: { type: 'dashed', color: '#999' },
  itemStyle: { color: '#999' },
  data: [
    [0, 0],
    [1, 1],
  ],
};

const unit = (x: string, y: string) => ({
  legend: { bottom: 0 },
  xAxis: { type: 'value', min: 0, max: 1, name: x, nameLocation: 'middle', nameGap: 22 },
  yAxis: { type: 'value', min: 0, max: 1, name: y, nameTextStyle: { align: 'left' } },
  grid: { left: 48, right: 16, top: 48, bottom: 64 },
});

const free = (x: string, y: string) => ({
  xAxis: { type: 'value', scale: true, name: x, nameLocation: 'middle', nameGap: 22 },
  yAxis: { type: 'value', scale: true, name: y, nameTextStyle: { align: 'left' } },
  grid: { left: 64, right: 16, top: 48, bottom: 48 },
});

export function curveCharts(roc: readonly Line[], precisionRecall: readonly Line[]): Html {
  return html`<div class="charts">
    ${[
      renderChart(
        'ROC',
        { ...unit('false positive rate', 'true positive rate'), series: [...roc.map(line), diagonal] },
        { height: 360 },
      ),
      renderChart(
        'Precision and recall',
        { ...unit('recall', 'precision'), series: precisionRecall.map(line) },
        { height: 360 },
      ),
    ]}
  </div>`;
}

export function calibrationChart(lines: readonly Line[]): Html {
  return html`<div class="charts">
    ${renderChart(
      'Calibration',
      {
        ...unit('mean probability', 'share of positive rows'),
        series: [
          ...lines.map((one) => ({ ...line(one), showSymbol: true })),
          { ...diagonal, name: 'as it should be' },
        ],
      },
      { height: 360 },
    )}
  </div>`;
}

export function errorCharts(
  predicted: readonly Point[],
  residuals: readonly Point[],
  histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] },
): Html {
  const dots = (points: readonly Point[]) => [
    // Points of a line that is not drawn: a kind of chart less in the bundle.
    {
      type: 'line',
      symbol: 'circle',
      symbolSize: 4,
      lineStyle: { width: 0 },
      data: rounded(thinned(points)),
    },
  ];
  return html`<div class="charts">
    ${[
      renderChart(
        'Predicted against actual',
        { ...free('actual', 'predicted'), series: dots(predicted) },
        { height: 360 },
      ),
      renderChart(
        'Residuals',
        { ...free('predicted', 'actual − predicted'), series: dots(residuals) },
        { height: 360 },
      ),
      renderChart(
        'Distribution of residuals',
        {
          xAxis: { type: 'category', data: histogram.edges.slice(0, -1).map((edge) => String(round(edge))) },
          yAxis: { type: 'value' },
          series: [
            { type: 'line', step: 'middle', showSymbol: false, areaStyle: {}, data: histogram.counts },
          ],
        },
        { height: 360 },
      ),
    ]}
  </div>`;
}

export function importanceChart(
  title: string,
  importances: readonly { readonly column: string; readonly mean: number }[],
): Html {
  return renderBars(
    title,
    importances.slice(0, 20).map(({ column, mean }) => ({ name: column, value: mean })),
  );
}

export function dependenceCharts(
  dependence: readonly {
    readonly column: string;
    readonly points: readonly { readonly value: number | string; readonly mean: number }[];
  }[],
): Html[] {
  return dependence.map(({ column, points }) =>
    typeof points[0]?.value === 'string'
      ? renderChart(column, {
          grid: { left: 56, right: 16, top: 40, bottom: 72 },
          xAxis: {
            type: 'category',
            data: points.map(({ value }) => String(value)),
            axisLabel: { rotate: 35, fontSize: 10 },
          },
          yAxis: { type: 'value', scale: true },
          series: [
            {
              type: 'line',
              symbol: 'circle',
              symbolSize: 8,
              lineStyle: { width: 0 },
              data: points.map(({ mean }) => round(mean)),
            },
          ],
        })
      : renderChart(column, {
          ...free('', ''),
          series: [
            { type: 'line', data: points.map(({ value, mean }) => [round(Number(value)), round(mean)]) },
          ],
        }),
  );
}

export function learningChart(
  curve: readonly { readonly rows: number; readonly train: number; readonly test: number }[],
  metric: string,
): Html {
  const side = (name: string, of: (point: (typeof curve)[number]) => number) => ({
    name,
    type: 'line',
    data: curve.map((point) => [point.rows, round(of(point))]),
  });
  return html`<div class="charts">
    ${renderChart(
      `${metric} by rows learned from`,
      {
        ...free('rows', metric),
        legend: { bottom: 0 },
        grid: { left: 64, right: 16, top: 48, bottom: 72 },
        series: [
          side('on the rows learned from', ({ train }) => train),
          side('on the test rows', ({ test }) => test),
        ],
      },
      { width: 640, height: 360 },
    )}
  </div>`;
}
