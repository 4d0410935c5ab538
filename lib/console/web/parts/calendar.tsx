/** Logical dates of half a year as a calendar: a square for each day, with the worst end of its runs. */
import type { RunRow } from '../../views/run-rows';
import { words } from '../format';
import { statusClass } from './status';

const WEEKS = 26;
const CELL = 15;
const DAY_MS = 86_400_000;
const WORST = ['failed', 'timed_out', 'aborted', 'running', 'success'];

export function Calendar({ runs }: { readonly runs: readonly RunRow[] }) {
  const byDay = new Map<string, RunRow[]>();
  for (const run of runs) {
    const day = run.logicalDate.slice(0, 10);
    byDay.set(day, [...(byDay.get(day) ?? []), run]);
  }
  const newest = [...byDay.keys()].sort().at(-1) ?? new Date().toISOString().slice(0, 10);
  const last = Date.parse(`${newest}T00:00:00Z`);
  // Weeks begin on Monday.
  const weekday = (new Date(last).getUTCDay() + 6) % 7;
  const first = last - (weekday + 7 * (WEEKS - 1)) * DAY_MS;
  const days = Array.from({ length: WEEKS * 7 }, (_, i) => first + i * DAY_MS).filter((day) => day <= last);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Calendar of logical dates">
      <svg
        class="calendar"
        width={WEEKS * CELL + 34}
        height={7 * CELL + 18}
        role="img"
        aria-label={`Runs by logical date, ${WEEKS} weeks up to ${newest}`}
      >
        {['Mon', 'Wed', 'Fri'].map((name, i) => (
          <text key={name} x="0" y={18 + i * 2 * CELL + 11}>
            {name}
          </text>
        ))}
        {days.map((day, i) => {
          const date = new Date(day).toISOString().slice(0, 10);
          const of = byDay.get(date) ?? [];
          const status = WORST.find((one) => of.some((run) => run.status === one));
          const x = 34 + Math.floor(i / 7) * CELL;
          return (
            <g key={date}>
              {date.endsWith('-01') && (
                <text x={x} y="10">
                  {new Date(day).toLocaleString(undefined, { month: 'short', timeZone: 'UTC' })}
                </text>
              )}
              <rect
                x={x}
                y={18 + (i % 7) * CELL}
                width={CELL - 3}
                height={CELL - 3}
                rx="2"
                class={status === undefined ? 'day' : `day ${statusClass(status)}`}
              >
                <title>{`${date}: ${of.length === 0 ? 'no run' : `${of.length} ${of.length === 1 ? 'run' : 'runs'}, ${words(status ?? '')}`}`}</title>
              </rect>
            </g>
          );
        })}
      </svg>
    </div>
  );
}
