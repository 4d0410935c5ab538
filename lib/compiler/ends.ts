/** How tasks may end when they run, and what it tells that control has come past them. */
import type { TaskStatus } from '../model/envelope';
import type { TaskNode } from '../model/task-node';

interface Ends {
  /** Of a task whose trigger rule is met. */
  readonly statuses: readonly TaskStatus[];
  /** Whether its state has a Catch, from which what follows is jumped over. */
  readonly catches: boolean;
}

type Kind = TaskNode['kind'];

const ENDS: { readonly [K in Kind]: (task: Extract<TaskNode, { kind: K }>) => Ends } = {
  task: ({ skips, poke }) => ({
    statuses:
      skips === true || poke?.softFail === true ? ['success', 'failed', 'skipped'] : ['success', 'failed'],
    catches: true,
  }),
  map: () => ({ statuses: ['success', 'failed'], catches: true }),
  branch: () => ({ statuses: ['success'], catches: false }),
  choose: () => ({ statuses: ['success'], catches: false }),
  'short-circuit': () => ({ statuses: ['success', 'skipped'], catches: false }),
  // What it waits for may be no time at all; a Wait state cannot catch.
  wait: ({ time }) => ({
    statuses: time.kind === 'literal' ? ['success'] : ['success', 'failed'],
    catches: false,
  }),
  approval: ({ onExpiry }) => ({
    statuses: onExpiry === 'skip' ? ['success', 'failed', 'skipped'] : ['success', 'failed'],
    catches: true,
  }),
  trigger: () => ({ statuses: ['success', 'failed'], catches: true }),
  call: () => ({ statuses: ['success', 'failed'], catches: true }),
  query: () => ({ statuses: ['success', 'failed'], catches: true }),
  container: ({ skipOnExitCode }) => ({
    statuses: skipOnExitCode === undefined ? ['success', 'failed'] : ['success', 'failed', 'skipped'],
    catches: true,
  }),
  empty: () => ({ statuses: ['success'], catches: false }),
};

export function endsOf(task: TaskNode): Ends {
  return (ENDS[task.kind] as (task: TaskNode) => Ends)(task);
}

/** Whether a task has succeeded when its state is left the normal way; the result of others says how they ended. */
export function succeededWhenLeft(task: TaskNode, failureMode: 'continue' | 'failFast'): boolean {
  const { statuses } = endsOf(task);
  if (statuses.includes('skipped')) return false;
  return failureMode === 'failFast' || (task.kind !== 'map' && task.kind !== 'wait');
}
