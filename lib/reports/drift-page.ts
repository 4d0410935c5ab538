import { BarChart } from 'echarts/charts';
import type { FeatureDrift, SchemaChange } from '../tasks/detect-drift';
import { renderChart, useCharts } from './chart';
import { html } from './html';
import { renderPage, renderTable } from './page';

useCharts([BarChart]);

export interface DriftPage {
  readonly title: string;
  readonly subtitle: string;
  readonly drifted: boolean;
  readonly reason: string;
  readonly rows: { readonly reference: number; readonly current: number };
  readonly schemaChanges: readonly SchemaChange[];
  readonly features: readonly FeatureDrift[];
  /** Rows by bin of each feature, by its name. */
  readonly bins: ReadonlyMap<
    string,
    {
      readonly labels: readonly string[];
      readonly reference: readonly number[];
      readonly current: readonly number[];
    }
  >;
}

/** Charts drawn: the features that drifted most, then others. */
const SHOWN = 24;
const SHOWN_BARS = 20;

/** The verdict, a line for each feature, and both distributions of each. */
export function renderDrift(page: DriftPage): string {
  const strength = (feature: FeatureDrift) => (feature.drifted ? 1e6 : 0) + (feature.psi ?? 0);
  const ordered = [...page.features].sort((a, b) => strength(b) - strength(a));
  return renderPage({
    title: page.title,
    subtitle: page.subtitle,
    sections: [
      {
        heading: 'Verdict',
        body: html`<p class="${page.drifted ? 'bad' : 'good'}">
            ${page.drifted ? 'Drifted' : 'No drift'}: ${page.reason}
          </p>
          <p>${page.rows.reference} rows of reference, ${page.rows.current} now.</p>`,
      },
      {
        heading: 'Schema',
        body:
          page.schemaChanges.length === 0
            ? html`<p>The columns are the same.</p>`
            : renderTable(
                ['Column', 'Change', 'Before', 'Now'],
                page.schemaChanges.map(({ column, change, before, after }) => [
                  column,
                  change,
                  before,
                  after,
                ]),
              ),
      },
      { heading: 'Features', body: featureTable(ordered) },
      {
        heading: 'Distributions',
        body: html`<div class="charts">
            ${ordered.slice(0, SHOWN).flatMap((feature) => chartOf(feature, page.bins.get(feature.column)))}
          </div>
          ${ordered.length > SHOWN ? html`<p>The ${SHOWN} features with the strongest drift.</p>` : ''}`,
      },
    ],
  });
}

function featureTable(features: readonly FeatureDrift[]) {
  return renderTable(
    [
      'Feature',
      'Drift',
      'Test',
      'Statistic',
      'p',
      'p, corrected',
      'PSI',
      'Jensen–Shannon',
      'Missing before',
      'Missing now',
    ],
    features.map((feature) => [
      feature.column,
      feature.drifted ? html`<span class="bad">${feature.reason}</span>` : 'no',
      feature.test,
      feature.statistic,
      feature.pValue,
      feature.adjustedPValue,
      feature.psi,
      feature.jensenShannon,
      feature.missingReference,
      feature.missingCurrent,
    ]),
  );
}

function chartOf(
  feature: FeatureDrift,
  bins: { labels: readonly string[]; reference: readonly number[]; current: readonly number[] } | undefined,
) {
  if (bins === undefined || bins.labels.length === 0) return [];
  const shares = (counts: readonly number[]) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.slice(0, SHOWN_BARS).map((count) => Number(((100 * count) / total).toPrecision(4)));
  };
  // Short names need not lean.
  const long = bins.labels.slice(0, SHOWN_BARS).join(' ').length > 60;
  const bar = (name: string, counts: readonly number[]) => ({ name, type: 'bar', data: shares(counts) });
  return [
    renderChart(`${feature.column}${feature.drifted ? ' (drifted)' : ''}, % of rows`, {
      legend: { bottom: 0 },
      grid: { left: 48, right: 16, top: 40, bottom: 84 },
      xAxis: {
        type: 'category',
        data: bins.labels.slice(0, SHOWN_BARS),
        axisLabel: long ? { rotate: 35, fontSize: 10 } : { fontSize: 10 },
      },
      yAxis: { type: 'value' },
      series: [bar('reference', bins.reference), bar('current', bins.current)],
    }),
  ];
}
