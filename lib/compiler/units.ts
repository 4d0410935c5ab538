/**
 * The parts of a series as the emitter takes them: a task, a parallel part, or a branch together with its arms,
 * which becomes one Choice with a path per arm instead of a Parallel of guarded arms.
 */
import type { TaskNode } from '../model/task-node';
import { membersOf, type Plan } from './plan';

export type Unit =
  | { readonly kind: 'task'; readonly id: string; readonly members: readonly string[] }
  | { readonly kind: 'parallel'; readonly parts: readonly Plan[]; readonly members: readonly string[] }
  | {
      readonly kind: 'branch';
      readonly id: string;
      /** By choice; a choice without tasks has no arm. */
      readonly arms: ReadonlyMap<string, Plan>;
      readonly members: readonly string[];
    };

export interface Facts {
  readonly tasks: ReadonlyMap<string, TaskNode>;
  readonly gated: (id: string) => boolean;
  readonly upstream: (id: string) => readonly string[];
  readonly alwaysSucceeds: (id: string) => boolean;
}

/** A branch keeps its arms only if nothing in it is `gated`: a gate has to be passed, or opened, on every path. */
export function unitsOf(plan: Plan, { tasks, gated, upstream, alwaysSucceeds }: Facts): Unit[] {
  const parts = plan.kind === 'series' ? plan.parts : [plan];
  const units: Unit[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part === undefined) continue;
    if (part.kind === 'task' && tasks.get(part.id)?.kind === 'branch') {
      const following = parts[i + 1];
      const arms =
        following === undefined || [part.id, ...membersOf(following)].some(gated)
          ? undefined
          : armsOf(part.id, following, { tasks, gated, upstream, alwaysSucceeds });
      if (arms !== undefined && following !== undefined) i++;
      units.push({
        kind: 'branch',
        id: part.id,
        arms: arms ?? new Map(),
        members: [part.id, ...(arms !== undefined && following !== undefined ? membersOf(following) : [])],
      });
    } else if (part.kind === 'parallel') {
      units.push({ kind: 'parallel', parts: part.parts, members: membersOf(part) });
    } else if (part.kind === 'task') {
      units.push({ kind: 'task', id: part.id, members: [part.id] });
    } else {
      throw new Error('Invariant: a series holds tasks and parallel parts only.');
    }
  }
  return units;
}

/**
 * The arms of a branch, when what follows it consists of exactly its arms: every component begins with tasks that one
 * choice chose, waits for nothing else than the branch and itself, and has default trigger rules throughout (a task
 * with another rule might have to run in an arm that was not chosen). When the branch does not run, the arms take over its
 * status: what they wait for besides must be something whose failure the branch itself would show.
 */
function armsOf(
  branch: string,
  following: Plan,
  { tasks, upstream, alwaysSucceeds }: Facts,
): ReadonlyMap<string, Plan> | undefined {
  const shown = shownBy(branch, tasks, upstream);
  const inside = new Set([branch, ...membersOf(following)]);
  const fated = (id: string): boolean => inside.has(id) || shown.has(id) || alwaysSucceeds(id);
  if (!membersOf(following).every((id) => upstream(id).every(fated))) return undefined;
  const components = following.kind === 'parallel' ? following.parts : [following];
  const byChoice = new Map<string, Plan[]>();
  for (const component of components) {
    const choices = new Set<string>();
    for (const id of membersOf(component)) {
      const task = tasks.get(id);
      if (task === undefined || task.triggerRule !== 'all_success') return undefined;
      if (task.chosenBy?.branch === branch) choices.add(task.chosenBy.choice);
    }
    const heads = headsOf(component);
    if (!heads.every((id) => tasks.get(id)?.chosenBy?.branch === branch)) return undefined;
    const [choice] = choices;
    if (choices.size !== 1 || choice === undefined) return undefined;
    byChoice.set(choice, [...(byChoice.get(choice) ?? []), component]);
  }
  return new Map(
    [...byChoice].map(([choice, plans]) => {
      const [only] = plans;
      return [
        choice,
        plans.length === 1 && only !== undefined ? only : { kind: 'parallel' as const, parts: plans },
      ];
    }),
  );
}

/**
 * Tasks without whose success a task is not run, and as which it counts as failed if they have: through default rules, and
 * not through tasks that a branch has to choose, which are skipped whatever failed.
 */
function shownBy(id: string, tasks: Facts['tasks'], upstream: Facts['upstream']): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [id];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const task = tasks.get(next);
    if (task?.triggerRule !== 'all_success' || task.chosenBy !== undefined) continue;
    for (const up of upstream(next)) {
      if (!found.has(up)) open.push(up);
      found.add(up);
    }
  }
  return found;
}

/** Tasks of a plan that wait for no other task of it. */
function headsOf(plan: Plan): string[] {
  switch (plan.kind) {
    case 'task':
      return [plan.id];
    case 'series':
      return plan.parts[0] === undefined ? [] : headsOf(plan.parts[0]);
    case 'parallel':
      return plan.parts.flatMap(headsOf);
  }
}
