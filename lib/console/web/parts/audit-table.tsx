/** Who did what, when and why. */
import type { AuditView } from '../../views/runs';
import { shortRunId } from '../format';
import { Link, place } from '../router';
import { Empty } from './states';
import { Time } from './time';

export function AuditTable({
  entries,
  withRun = false,
}: {
  readonly entries: readonly AuditView[];
  readonly withRun?: boolean;
}) {
  if (entries.length === 0) return <Empty title="Nobody has done anything yet." />;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Audit">
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Who</th>
            <th>What</th>
            {withRun && <th>Run or pipeline</th>}
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={`${entry.runId ?? entry.pipeline}${entry.at}${entry.action}`}>
              <td>
                <Time at={entry.at} />
              </td>
              <td>{entry.by}</td>
              <td>
                {entry.action}
                {entry.details !== null && <code class="details"> {JSON.stringify(entry.details)}</code>}
              </td>
              {withRun && (
                <td>
                  {entry.runId === null ? (
                    <Link to={place('pipelines', entry.pipeline)}>{entry.pipeline}</Link>
                  ) : (
                    <Link to={place('runs', entry.runId)} title={entry.runId}>
                      {shortRunId(entry.runId)}
                    </Link>
                  )}
                </td>
              )}
              <td>{entry.why ?? ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
