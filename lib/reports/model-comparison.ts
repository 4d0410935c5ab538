import { LineChart } from 'echarts/charts';
import type { Evaluation } from '../tasks/dataset';
import { renderChart, useCharts } from './chart';
import { html } from './html';
import { renderPage, renderTable } from './page';

useCharts([LineChart]);

export interface ModelComparison {
  readonly title: string;
  readonly subtitle: string;
  readonly evaluations: readonly Evaluation[];
  /** Probability of the last class for each row, per model. */
  readonly scores: readonly { readonly name: string; readonly positive: readonly number[] }[];
  /** Class of each row. */
  readonly labels: readonly number[];
}

/** Metrics, ROC and precision–recall curves, confusion matrices of several models on the same rows. */
export function renderModelComparison(comparison: ModelComparison): string {
  const { evaluations, scores, labels } = comparison;
  const last = (evaluations[0]?.confusion.classes.length ?? 2) - 1;
  const curves = scores.map((score) => ({
    name: score.name,
    ...curvesOf(
      labels.map((label) => label === last),
      score.positive,
    ),
  }));
  const lines = (points: (curve: (typeof curves)[number]) => readonly (readonly [number, number])[]) =>
    curves.map((curve) => ({ name: curve.name, type: 'line', showSymbol: false, data: points(curve) }));
  const axes = (x: string, y: string) => ({
    legend: { bottom: 0 },
    xAxis: { type: 'value', min: 0, max: 1, name: x, nameLocation: 'middle', nameGap: 22 },
    yAxis: { type: 'value', min: 0, max: 1, name: y },
    grid: { left: 48, right: 16, top: 48, bottom: 64 },
  });
  return renderPage({
    title: comparison.title,
    subtitle: comparison.subtitle,
    sections: [
      {
        heading: 'Metrics',
        body: renderTable(
          ['Model', 'AUC', 'Accuracy', 'Precision', 'Recall', 'F1', 'Log loss', 'Rows'],
          evaluations.map(({ model, metrics }) => [
            model.name,
            metrics.auc,
            metrics.accuracy,
            metrics.precision,
            metrics.recall,
            metrics.f1,
            metrics.logLoss,
            metrics.rows,
          ]),
        ),
      },
      {
        heading: 'Curves',
        body: html`<div class="charts">
          ${[
            renderChart(
              'ROC',
              { ...axes('false positive rate', 'true positive rate'), series: lines((curve) => curve.roc) },
              { height: 360 },
            ),
            renderChart(
              'Precision and recall',
              { ...axes('recall', 'precision'), series: lines((curve) => curve.pr) },
              { height: 360 },
            ),
          ]}
        </div>`,
      },
      {
        heading: 'Confusion',
        body: html`${evaluations.map(
          ({ model, confusion }) =>
            html`<h3>${model.name}</h3>
              ${renderTable(
                ['actual \\ predicted', ...confusion.classes],
                confusion.matrix.map((row, i) => [confusion.classes[i] ?? '', ...row]),
              )}`,
        )}`,
      },
    ],
  });
}

/** One point per distinct score, from the strictest threshold on. */
function curvesOf(
  positive: readonly boolean[],
  scores: readonly number[],
): { roc: [number, number][]; pr: [number, number][] } {
  const order = scores.map((_, i) => i).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  const roc: [number, number][] = [[0, 0]];
  const pr: [number, number][] = [];
  let hits = 0;
  let misses = 0;
  order.forEach((row, i) => {
    if (positive[row] === true) hits++;
    else misses++;
    const next = order[i + 1];
    if (next !== undefined && scores[next] === scores[row]) return;
    roc.push([misses / Math.max(1, negatives), hits / Math.max(1, positives)]);
    pr.push([hits / Math.max(1, positives), hits / (hits + misses)]);
  });
  return { roc, pr };
}
