/** What a rerun does to each task, before it is asked for. */
import type { RerunPreview } from '../views/runs';
import { withDownstream } from './graph';

export interface PreviewedTask {
  readonly id: string;
  readonly needs: readonly string[];
  readonly status: string;
}

/** Without a result: `waiting` and whatever did not succeed. */
export function previewRerun(
  tasks: readonly PreviewedTask[],
  clear: readonly string[],
  only: boolean,
): RerunPreview {
  const cleared = only
    ? tasks.map(({ id }) => id).filter((id) => clear.includes(id))
    : withDownstream(tasks, clear);
  return {
    cleared,
    tasks: tasks.map(({ id, status }) => {
      if (cleared.includes(id))
        return { id, action: 'run', why: clear.includes(id) ? 'cleared' : 'downstream of what is cleared' };
      if (status === 'success') return { id, action: 'keep', why: 'succeeded, its result stands' };
      return { id, action: 'run', why: status === 'waiting' ? 'has not run' : status.replaceAll('_', ' ') };
    }),
  };
}
