import { html } from './html';
import { renderPage, renderTable } from './page';

export interface DecayPage {
  readonly title: string;
  readonly subtitle: string;
  readonly decayed: boolean;
  readonly reason: string;
  readonly metric: string;
  readonly current: number;
  readonly low: number;
  readonly high: number;
  readonly baseline: number;
  readonly drop: number;
  readonly rows: number;
  readonly slices: readonly {
    readonly column: string;
    readonly value: string;
    readonly rows: number;
    readonly metric: number;
    readonly overall: number;
  }[];
}

/** What a model is worth today beside what it was worth, on the whole and by slices. */
export function renderDecay(page: DecayPage): string {
  return renderPage({
    title: page.title,
    subtitle: page.subtitle,
    sections: [
      {
        heading: 'Verdict',
        body: html`<p class="${page.decayed ? 'bad' : 'good'}">
          ${page.decayed ? 'Decayed' : 'No decay'}: ${page.reason}
        </p>`,
      },
      {
        heading: 'Metric',
        body: renderTable(
          ['Metric', 'Baseline', 'Now', 'Interval from', 'to', 'Drop', 'Rows'],
          [[page.metric, page.baseline, page.current, page.low, page.high, page.drop, page.rows]],
        ),
      },
      ...(page.slices.length === 0
        ? []
        : [
            {
              heading: 'Slices',
              body: renderTable(
                ['Column', 'Value', page.metric, 'Overall', 'Rows'],
                page.slices.map(({ column, value, metric, overall, rows }) => [
                  column,
                  value,
                  Number.isNaN(metric) ? '–' : metric,
                  overall,
                  rows,
                ]),
              ),
            },
          ]),
    ],
  });
}
