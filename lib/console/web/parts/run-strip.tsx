/** The latest runs as a row of bars: how long, how they ended; each leads to its run. */
import type { RunRow } from '../../views/run-rows';
import { dayTime, duration, utc, words } from '../format';
import { Link, place } from '../router';
import { statusClass } from './status';

const HEIGHT = 26;
const LEAST = 7;

export function RunStrip({ runs }: { readonly runs: readonly RunRow[] }) {
  if (runs.length === 0) return <p class="strip none">no runs yet</p>;
  const lengths = runs.map((run) =>
    run.endedAt === undefined ? 0 : Date.parse(run.endedAt) - Date.parse(run.startedAt),
  );
  const longest = Math.max(1, ...lengths);
  return (
    <ol class="strip" aria-label={`The latest ${runs.length} runs, newest last`}>
      {runs.map((run, i) => {
        const length = lengths[i] ?? 0;
        const label = `${words(run.status)}, ${dayTime(run.startedAt)}${run.endedAt === undefined ? '' : `, ${duration(length)}`}`;
        return (
          <li key={run.runId}>
            <Link
              to={place('runs', run.runId)}
              class={`strip-run ${statusClass(run.status)}`}
              title={`${label}\n${utc(run.startedAt)}`}
              aria-label={label}
            >
              <span style={{ height: `${Math.round(LEAST + (HEIGHT - LEAST) * (length / longest))}px` }} />
            </Link>
          </li>
        );
      })}
    </ol>
  );
}
