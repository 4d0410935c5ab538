import { html } from './html';
import { renderPage, renderTable } from './page';

export interface AuditPage {
  readonly title: string;
  readonly subtitle: string;
  /** What it is, in pairs. */
  readonly facts: readonly (readonly [string, string])[];
  readonly story: readonly {
    readonly at: string;
    readonly what: string;
    readonly by: string;
    readonly reason: string;
  }[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly params: Readonly<Record<string, string>>;
  readonly datasets: readonly {
    readonly name: string;
    readonly context: string;
    readonly sha256: string;
    readonly uri: string;
  }[];
  readonly lineage: readonly { readonly kind: string; readonly name: string; readonly id: string }[];
}

/** The record of a model version, on one page without anything from elsewhere. */
export function renderAudit(page: AuditPage): string {
  return renderPage({
    title: page.title,
    subtitle: page.subtitle,
    sections: [
      { heading: 'Version', body: renderTable(['What', 'Value'], page.facts) },
      {
        heading: 'Story',
        body:
          page.story.length === 0
            ? html`<p>Nothing has happened to it yet.</p>`
            : renderTable(
                ['When', 'What', 'By', 'Why'],
                page.story.map(({ at, what, by, reason }) => [at, what, by, reason]),
              ),
      },
      { heading: 'Metrics', body: renderTable(['Metric', 'Value'], Object.entries(page.metrics)) },
      { heading: 'Params', body: renderTable(['Param', 'Value'], Object.entries(page.params)) },
      {
        heading: 'Data',
        body: renderTable(
          ['Data set', 'Used for', 'SHA-256', 'Place'],
          page.datasets.map(({ name, context, sha256, uri }) => [name, context, sha256, uri]),
        ),
      },
      {
        heading: 'Lineage',
        body: renderTable(
          ['Kind', 'Name', 'Id'],
          page.lineage.map(({ kind, name, id }) => [kind, name, id]),
        ),
      },
    ],
  });
}
