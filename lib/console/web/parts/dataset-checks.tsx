/** What validations, anomaly checks and profiles say of a dataset. */
import type { DatasetCheck } from '../../views/data';
import { number } from '../format';
import { pathOf, urlOf } from '../api';
import { useView } from '../live';
import { Link, place } from '../router';
import { Shown } from './states';
import { Time } from './time';

export function DatasetChecks({ name }: { readonly name: string }) {
  const view = useView<{ checks: readonly DatasetCheck[] }>(`/datasets/${encodeURIComponent(name)}/checks`);
  return (
    <Shown view={view}>
      {({ checks }) =>
        checks.length === 0 ? (
          <p class="hint">No task validates or profiles it.</p>
        ) : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Checks">
            <table>
              <thead>
                <tr>
                  <th>When</th>
                  <th>Check</th>
                  <th>Passed</th>
                  <th>What it found</th>
                  <th class="num">Rows</th>
                  <th>Dataset</th>
                  <th>Report</th>
                </tr>
              </thead>
              <tbody>
                {checks.map((check) => (
                  <tr key={`${check.runId}${check.task}`}>
                    <td>
                      <Time at={check.logicalDate} />
                    </td>
                    <td>
                      {check.kind}{' '}
                      <span class="muted">
                        by <Link to={place('runs', check.runId)}>{check.pipeline}</Link>, {check.task}
                      </span>
                    </td>
                    <td>
                      {check.passed !== null && (
                        <span class={`tag ${check.passed ? 'live' : 'bad'}`}>
                          {check.passed ? 'yes' : 'no'}
                        </span>
                      )}
                    </td>
                    <td>{check.summary}</td>
                    <td class="num">{number(check.rows)}</td>
                    <td>
                      <code>{check.dataset.slice(0, 12)}</code>
                    </td>
                    <td>
                      {check.report !== null && (
                        <a
                          href={urlOf(pathOf('/report', { key: check.report }))}
                          target="_blank"
                          rel="noreferrer"
                        >
                          report
                        </a>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Shown>
  );
}
