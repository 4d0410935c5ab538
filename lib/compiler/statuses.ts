/**
 * Which end states each task may have: abstract interpretation over sets of statuses, upstream tasks taken as
 * independent. An over-approximation is safe: it can only add a guard, never leave one out.
 */
import type { TaskStatus } from '../model/envelope';
import { upstreamOf } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import { endsOf } from './ends';
import { TRIGGER_RULES } from './trigger-rules';

const ALL: readonly TaskStatus[] = ['success', 'failed', 'skipped', 'upstream_failed'];

export function possibleStatuses(
  model: Pick<PipelineModel, 'tasks'>,
): ReadonlyMap<string, ReadonlySet<TaskStatus>> {
  const result = new Map<string, Set<TaskStatus>>();
  const byId = new Map(model.tasks.map((task) => [task.id, task]));
  const visit = (id: string): Set<TaskStatus> => {
    const known = result.get(id);
    if (known !== undefined) return known;
    const task = byId.get(id);
    const statuses = new Set<TaskStatus>();
    result.set(id, statuses);
    if (task === undefined) return statuses;
    const rule = TRIGGER_RULES[task.triggerRule];
    for (const upstream of combinations(
      upstreamOf(task)
        .filter((up) => byId.has(up))
        .map(visit),
    )) {
      // What waits for nothing runs, whatever its rule.
      if (upstream.length === 0 || rule.met(upstream)) {
        for (const status of endsOf(task).statuses) statuses.add(status);
      } else statuses.add(rule.otherwise(upstream));
    }
    if (task.chosenBy !== undefined) statuses.add('skipped');
    return statuses;
  };
  for (const task of model.tasks) visit(task.id);
  return result;
}

/**
 * Every multiset of statuses that the upstream tasks may have together. The rules only ask which statuses are present
 * and whether all are alike, so one representative per set of statuses is enough: at most 2^4.
 */
function combinations(sets: readonly ReadonlySet<TaskStatus>[]): TaskStatus[][] {
  const result: TaskStatus[][] = [];
  for (let mask = 0; mask < 16; mask++) {
    const chosen = ALL.filter((_, bit) => (mask & (1 << bit)) !== 0);
    const everyCanBeOneOf = sets.every((set) => chosen.some((status) => set.has(status)));
    const everyStatusOccurs = chosen.every((status) => sets.some((set) => set.has(status)));
    if (chosen.length <= sets.length && everyCanBeOneOf && everyStatusOccurs) result.push(chosen);
  }
  return result;
}
