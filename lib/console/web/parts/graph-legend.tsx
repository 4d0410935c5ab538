/** What the colours and signs of a graph stand for, with how many tasks they are of. */
import type { TaskChange } from '../../views/plan';
import type { TaskStateView } from '../../views/runs';
import { words } from '../format';
import { sign, statusClass } from './status';

export function Legend({ states }: { readonly states: readonly TaskStateView[] }) {
  const counts = new Map<string, number>();
  for (const { status } of states) counts.set(status, (counts.get(status) ?? 0) + 1);
  return (
    <p class="legend">
      {[...counts].map(([status, count]) => (
        <span key={status} class={`status ${statusClass(status)}`}>
          <span class="sign" aria-hidden="true">
            {sign(status)}
          </span>
          {count} {words(status)}
        </span>
      ))}
    </p>
  );
}

export const CHANGES: Readonly<Record<TaskChange, { readonly sign: string; readonly words: string }>> = {
  added: { sign: '+', words: 'added' },
  removed: { sign: '−', words: 'removed' },
  changed: { sign: '~', words: 'changed' },
  code: { sign: '≈', words: 'with other code' },
};

export function ChangeLegend({
  changes,
  tasks,
}: {
  readonly changes: Readonly<Record<string, TaskChange>>;
  /** How many there are in all. */
  readonly tasks: number;
}) {
  const all = Object.values(changes);
  return (
    <p class="legend">
      {(Object.keys(CHANGES) as TaskChange[]).map((change) => {
        const count = all.filter((one) => one === change).length;
        return count === 0 ? null : (
          <span key={change} class={`status ch-${change}`}>
            <span class="sign" aria-hidden="true">
              {CHANGES[change].sign}
            </span>
            {count} {CHANGES[change].words}
          </span>
        );
      })}
      <span class="muted">{tasks - all.length} as they are</span>
    </p>
  );
}
