import { html } from './html';
import { renderPage } from './page';

export interface PagesIndex {
  readonly title: string;
  readonly runId: string;
  /** ISO instant. */
  readonly logicalDate: string;
  /** Beside it, e.g. `model-card.html`. */
  readonly pages: readonly string[];
}

/** A page that leads to the report pages of the latest run. */
export function renderPagesIndex({ title, runId, logicalDate, pages }: PagesIndex): string {
  return renderPage({
    title,
    subtitle: `${runId}, of ${logicalDate}`,
    sections: [
      {
        heading: 'Reports',
        body:
          pages.length === 0
            ? html`<p>The run has written no report.</p>`
            : html`<ul>
                ${pages.map((page) => html`<li><a href="${page}">${page.replace(/\.html$/, '')}</a></li>`)}
              </ul>`,
      },
    ],
  });
}
