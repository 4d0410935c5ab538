import type { ModelRef } from '../tasks/dataset';
import { html, type Html } from './html';
import {
  calibrationChart,
  curveCharts,
  dependenceCharts,
  errorCharts,
  importanceChart,
  learningChart,
} from './model-card-charts';
import { renderPage, renderTable, type Section } from './page';

export interface Interval {
  readonly metric: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

type Point = readonly [number, number];
type Line = { readonly name: string; readonly points: readonly Point[] };

export interface ClassificationCard {
  readonly kind: 'classification';
  readonly classes: readonly string[];
  readonly matrix: readonly (readonly number[])[];
  /** A line for each class and average. */
  readonly report: readonly {
    readonly name: string;
    readonly precision: number;
    readonly recall: number;
    readonly f1: number;
    readonly support: number;
  }[];
  /** One for two classes, else one per class against the rest. */
  readonly roc: readonly Line[];
  readonly precisionRecall: readonly Line[];
  /** (mean probability, share of positive rows). */
  readonly calibration: readonly Line[];
  readonly calibrationError: number;
  readonly threshold:
    | {
        readonly threshold: number;
        readonly cost: number;
        readonly costAtHalf: number;
        readonly falsePositive: number;
        readonly falseNegative: number;
      }
    | undefined;
}

export interface RegressionCard {
  readonly kind: 'regression';
  /** (predicted, actual − predicted) and (actual, predicted) of some rows. */
  readonly residuals: readonly Point[];
  readonly predicted: readonly Point[];
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] };
  readonly quantiles: readonly { readonly q: number; readonly residual: number }[];
}

export interface ModelCard {
  readonly title: string;
  readonly subtitle: string;
  readonly model: ModelRef;
  readonly params: Readonly<Record<string, string>>;
  readonly intendedUse: string;
  readonly limitations: string;
  readonly data: readonly {
    readonly part: string;
    readonly name: string;
    readonly rows: number;
    readonly sha256: string;
    readonly uri: string;
  }[];
  readonly confidence: number;
  readonly intervals: readonly Interval[];
  readonly detail: ClassificationCard | RegressionCard;
  /** The metric that slices and importances are in. */
  readonly mainMetric: string;
  readonly slices: readonly {
    readonly column: string;
    readonly value: string;
    readonly rows: number;
    readonly metric: number;
    readonly overall: number;
  }[];
  readonly importances: readonly { readonly column: string; readonly mean: number; readonly std: number }[];
  /** Mean absolute Shapley value of each column, the greatest first; none but for trees. */
  readonly shap: readonly { readonly column: string; readonly mean: number }[];
  readonly dependence: readonly {
    readonly column: string;
    readonly points: readonly { readonly value: number | string; readonly mean: number }[];
  }[];
  /** What `dependence` gives the mean of. */
  readonly dependenceOf: string;
  readonly learning: readonly { readonly rows: number; readonly train: number; readonly test: number }[];
}

export function renderModelCard(card: ModelCard): string {
  return renderPage({
    title: card.title,
    subtitle: card.subtitle,
    sections: [
      { heading: 'Model', body: overview(card) },
      { heading: 'Metrics', body: metrics(card) },
      ...(card.detail.kind === 'classification' ? classification(card.detail) : regression(card.detail)),
      ...(card.slices.length === 0 ? [] : [{ heading: 'Slices', body: slices(card) }]),
      { heading: 'What it goes by', body: explanation(card) },
      ...(card.learning.length === 0
        ? []
        : [{ heading: 'Learning curve', body: learningChart(card.learning, card.mainMetric) }]),
    ],
  });
}

function overview({ model, params, intendedUse, limitations, data }: ModelCard): Html {
  const text = (heading: string, value: string) =>
    value === ''
      ? ''
      : html`<h3>${heading}</h3>
          <p>${value}</p>`;
  return html`${renderTable(
      ['Name', 'Algorithm', 'Run', 'Bytes', 'SHA-256'],
      [[model.name, model.algorithm, model.runId, model.bytes, model.sha256.slice(0, 16)]],
    )}
    ${text('Intended use', intendedUse)}${text('Limitations', limitations)}
    <h3>Data</h3>
    ${renderTable(
      ['Part', 'Dataset', 'Rows', 'SHA-256', 'Object'],
      data.map(({ part, name, rows, sha256, uri }) => [part, name, rows, sha256.slice(0, 16), uri]),
    )}
    <h3>Params</h3>
    ${renderTable(
      ['Param', 'Value'],
      Object.entries(params).map(([name, value]) => [name, value]),
    )}`;
}

function metrics({ intervals, confidence, detail }: ModelCard): Html {
  const table = renderTable(
    ['Metric', 'Value', `${confidence * 100} % from`, 'to'],
    intervals.map(({ metric, value, low, high }) => [metric, value, low, high]),
  );
  if (detail.kind === 'regression') return table;
  return html`${table}
    <h3>By class</h3>
    ${renderTable(
      ['Class', 'Precision', 'Recall', 'F1', 'Rows'],
      detail.report.map(({ name, precision, recall, f1, support }) => [name, precision, recall, f1, support]),
    )}`;
}

function classification(card: ClassificationCard): Section[] {
  const { threshold } = card;
  return [
    { heading: 'Curves', body: curveCharts(card.roc, card.precisionRecall) },
    {
      heading: 'Confusion',
      body: renderTable(
        ['actual \\ predicted', ...card.classes],
        card.matrix.map((row, i) => [card.classes[i] ?? '', ...row]),
      ),
    },
    {
      heading: 'Calibration',
      body: html`${calibrationChart(card.calibration)}
        <p>
          Mean gap between the probability and the share of positive rows:
          ${card.calibrationError.toPrecision(3)}.
        </p>`,
    },
    ...(threshold === undefined
      ? []
      : [
          {
            heading: 'Threshold',
            body: html`<p>
              With a false alarm at ${threshold.falsePositive} and a miss at ${threshold.falseNegative}, it is
              cheapest to call ${calledPositive(threshold.threshold, card.classes.at(-1) ?? '')}:
              ${threshold.cost.toPrecision(4)} a row, instead of ${threshold.costAtHalf.toPrecision(4)} at one
              half. It was chosen by the rows it is given for, so a little luck is in it.
            </p>`,
          },
        ]),
  ];
}

function calledPositive(threshold: number, label: string): string {
  return Number.isFinite(threshold)
    ? `a row '${label}' from a probability of ${threshold.toPrecision(4)} on`
    : `no row '${label}'`;
}

function regression(card: RegressionCard): Section[] {
  return [
    {
      heading: 'Errors',
      body: html`${errorCharts(card.predicted, card.residuals, card.histogram)}
      ${renderTable(
        ['Quantile', 'Actual − predicted'],
        card.quantiles.map(({ q, residual }) => [`${q * 100} %`, residual]),
      )}`,
    },
  ];
}

function slices({ slices: parts, mainMetric }: ModelCard): Html {
  return renderTable(
    ['Column', 'Value', mainMetric, 'Overall', 'Rows'],
    parts.map(({ column, value, metric, overall, rows }) => [
      column,
      value,
      Number.isNaN(metric) ? '–' : metric,
      overall,
      rows,
    ]),
  );
}

function explanation(card: ModelCard): Html {
  return html`<p>
      How much the ${card.mainMetric} loses when a column's values are dealt out to other rows. Columns that
      say the same share their importance.
    </p>
    <div class="charts">
      ${importanceChart(`Fall of ${card.mainMetric}`, card.importances)}${shapChart(card)}
    </div>
    ${card.dependence.length === 0 ? '' : html`<p>${card.dependenceOf} on the mean, when a column has one value in all rows.</p>`}
    <div class="charts">${dependenceCharts(card.dependence)}</div>`;
}

function shapChart({ shap }: ModelCard): Html | string {
  return shap.length === 0 ? '' : importanceChart('Mean |SHAP| of the raw score', shap);
}
