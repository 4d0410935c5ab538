import { html } from './html';
import { renderPage, renderTable } from './page';

export interface CheckedExpectation {
  readonly type: string;
  readonly column: string;
  readonly severity: string;
  readonly success: boolean;
  readonly detail: string;
}

/** What was expected of a dataset, and what was found. */
export function renderDataDocs(docs: {
  readonly title: string;
  readonly subtitle: string;
  readonly expectations: readonly CheckedExpectation[];
}): string {
  const failed = docs.expectations.filter((one) => !one.success);
  const line = (one: CheckedExpectation) => [
    one.success ? html`<span class="good">met</span>` : html`<span class="bad">failed</span>`,
    one.severity,
    one.column,
    one.type.replace(/^expect_/, '').replaceAll('_', ' '),
    one.detail,
  ];
  return renderPage({
    title: docs.title,
    subtitle: docs.subtitle,
    sections: [
      {
        heading: 'Summary',
        body: html`<p>${docs.expectations.length} expectations, ${failed.length} failed.</p>`,
      },
      {
        heading: 'Expectations',
        body: renderTable(
          ['Result', 'Severity', 'Column', 'Expectation', 'Found'],
          [...failed, ...docs.expectations.filter((one) => one.success)].map(line),
        ),
      },
    ],
  });
}
