/**
 * What a task has to be given before it may run: a slot of its pool, and a place among those of its kind and among the tasks
 * of its pipeline. The limits are pools that nobody has named.
 */
import type { PipelineModel } from '../model/pipeline';
import { isWork, type TaskNode } from '../model/task-node';

export interface Claim {
  readonly pool: string;
  readonly size: number;
  readonly slots: number;
}

type Limited = Pick<PipelineModel, 'id' | 'maxActiveTasks' | 'maxActiveTasksInStage'>;

/**
 * In the order in which they are taken, which is the same for all tasks: whoever holds the last needs nothing more, so that
 * no two wait for each other.
 */
export function claimsOf(
  { id, maxActiveTasks, maxActiveTasksInStage }: Limited,
  task: TaskNode | undefined,
): Claim[] {
  if (task === undefined || !isWork(task)) return [];
  const { pool, maxActive } = task;
  // A call is over at once, and what waits for another pipeline must leave room for its tasks.
  const counts = task.kind !== 'call' && task.kind !== 'trigger';
  return [
    ...(pool === undefined ? [] : [{ pool: pool.name, size: pool.size, slots: pool.slots }]),
    // Names of pools have no colons.
    ...(maxActive === undefined ? [] : [{ pool: `task:${id}/${task.id}`, size: maxActive, slots: 1 }]),
    ...(maxActiveTasks === undefined || !counts
      ? []
      : [{ pool: `tasks:${id}`, size: maxActiveTasks, slots: 1 }]),
    ...(maxActiveTasksInStage === undefined || !counts
      ? []
      : [{ pool: 'tasks:', size: maxActiveTasksInStage, slots: 1 }]),
  ];
}
