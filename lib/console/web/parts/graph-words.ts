/** What is said of the boxes and lines of a graph: signs, names for who cannot see them, classes. */
import type { TaskChange } from '../../views/plan';
import type { TaskStateView } from '../../views/runs';
import { duration, words } from '../format';
import type { DrawnNode } from './fold-groups';

const WORST = [
  'failed',
  'timed_out',
  'running',
  'pending',
  'upstream_failed',
  'waiting',
  'success',
  'skipped',
];

/** The worst of a folded group. */
export function statusOf(node: DrawnNode, states: ReadonlyMap<string, TaskStateView>): string {
  const all = (node.members ?? [node.id]).map((id) => states.get(id)?.status ?? 'waiting');
  return WORST.find((status) => all.includes(status)) ?? 'waiting';
}

/** Of a folded group: what happens to all of its tasks, or that some of them change. */
export function changeOf(
  node: DrawnNode,
  changes: Readonly<Record<string, TaskChange>> | undefined,
): TaskChange | undefined {
  const all = new Set((node.members ?? [node.id]).map((id) => changes?.[id]));
  const [only] = all;
  return all.size === 1 ? only : 'changed';
}

export function labelOf(id: string, status: string | undefined, state: TaskStateView | undefined): string {
  const name = id.startsWith('group:') ? `group ${id.slice(6)}, unfold` : id;
  if (status === undefined) return name;
  const took = state?.durationMs === null || state === undefined ? '' : `, ${duration(state.durationMs)}`;
  return `${name}: ${words(status)}${took}`;
}

export function lineClass(skipped: boolean, passed: boolean, gate: boolean): string {
  return classOf(['g-line', skipped ? 'off' : '', passed ? 'on' : '', gate ? 'gate' : '']);
}

export function classOf(names: readonly string[]): string {
  return names.filter((name) => name !== '').join(' ');
}

const KIND_SIGNS: Readonly<Record<string, string>> = {
  branch: '◇',
  choose: '◇',
  'short-circuit': '◇',
  wait: '◷',
  approval: '✋',
  trigger: '➤',
  call: '☁',
  map: '⧉',
  empty: '∙',
};

export function kindSign(kind: string): string {
  return KIND_SIGNS[kind] ?? '▢';
}

/** Enter and space do what a click does. */
export function pressed(action: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    action();
  };
}
