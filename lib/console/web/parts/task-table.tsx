/** Tasks of a run as a table. */
import type { TaskStateView } from '../../views/runs';
import { duration } from '../format';
import { Status } from './status';
import { Time } from './time';

export function TaskTable({
  tasks,
  selected,
  onSelect,
}: {
  readonly tasks: readonly TaskStateView[];
  readonly selected: string | null;
  readonly onSelect: (task: string) => void;
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Tasks">
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th>State</th>
            <th class="num">Attempts</th>
            <th>Started</th>
            <th class="num">Waited</th>
            <th class="num">Took</th>
            <th class="num">Memory</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <tr key={task.id} class={selected === task.id ? 'selected' : ''}>
              <td>
                <button type="button" class="inline" onClick={() => onSelect(task.id)}>
                  {task.id}
                </button>
                {task.items !== null && (
                  <span class="hint">
                    {' '}
                    {Object.entries(task.items)
                      .map(([status, count]) => `${count} ${status}`)
                      .join(', ')}
                  </span>
                )}
              </td>
              <td>
                <Status of={task.status} {...(task.cachedFrom === null ? {} : { note: '(cached)' })} />
              </td>
              <td class="num">{task.attempt === 0 ? '–' : task.attempt}</td>
              <td>{task.startedAt === null ? '–' : <Time at={task.startedAt} />}</td>
              <td class="num">{duration(task.waitedMs)}</td>
              <td class="num">{duration(task.durationMs)}</td>
              <td class="num">{task.memoryMb === null ? '–' : `${task.memoryMb} MB`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
