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
  /** Of the last class against the others. */
  readonly curves: readonly ModelCurves[];
}

export interface ModelCurves {
  readonly name: string;
  /** (false positive rate, true positive rate). */
  readonly roc: readonly (readonly [number, number])[];
  /** (recall, precision). */
  readonly precisionRecall: readonly (readonly [number, number])[];
}

/** Metrics, ROC and precision–recall curves, confusion matrices of several models on the same rows. */
export function renderModelComparison(comparison: ModelComparison): string {
  const { evaluations, curves } = comparison;
  const lines = (points: (curve: ModelCurves) => ModelCurves['roc']) =>
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
          [
            'Model',
            'AUC',
            'PR AUC',
            'Accuracy',
            'Precision',
            'Recall',
            'F1',
            'MCC',
            'Log loss',
            'Brier',
            'Rows',
          ],
          evaluations.map(({ model, metrics }) => [
            model.name,
            metrics.auc,
            metrics.averagePrecision ?? '',
            metrics.accuracy,
            metrics.precision,
            metrics.recall,
            metrics.f1,
            metrics.matthewsCorrelation ?? '',
            metrics.logLoss,
            metrics.brier ?? '',
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
              { ...axes('recall', 'precision'), series: lines((curve) => curve.precisionRecall) },
              { height: 360 },
            ),
          ]}
        </div>`,
      },
      {
        heading: 'Confusion',
        body: html`<div class="charts">
          ${evaluations.map(
            ({ model, confusion }) =>
              html`<section>
                <h3>${model.name}</h3>
                ${renderTable(
                  ['actual \\ predicted', ...confusion.classes],
                  confusion.matrix.map((row, i) => [confusion.classes[i] ?? '', ...row]),
                )}
              </section>`,
          )}
        </div>`,
      },
    ],
  });
}
