import type { CriterionResult } from '../tasks/verify-model';
import { html } from './html';
import { renderPage, renderTable } from './page';

/** What was asked of a version, and what was found. */
export function renderCriteria(page: {
  readonly title: string;
  readonly subtitle: string;
  readonly results: readonly CriterionResult[];
}): string {
  const failed = page.results.filter(({ passed }) => !passed);
  const line = ({ passed, criterion, value, limit, detail }: CriterionResult) => [
    passed ? html`<span class="good">passed</span>` : html`<span class="bad">failed</span>`,
    criterion,
    value,
    limit,
    detail,
  ];
  return renderPage({
    title: page.title,
    subtitle: page.subtitle,
    sections: [
      {
        heading: 'Summary',
        body: html`<p>${page.results.length} criteria, ${failed.length} failed.</p>`,
      },
      {
        heading: 'Criteria',
        body: renderTable(
          ['Result', 'Criterion', 'Value', 'Limit', 'What it is'],
          [...failed, ...page.results.filter(({ passed }) => passed)].map(line),
        ),
      },
    ],
  });
}
