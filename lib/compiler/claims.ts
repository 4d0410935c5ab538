/**
 * What a task has to be given before it may run: a slot of its pool, and a place among those of its kind and among the tasks
 * of its pipeline. The limits are pools that nobody has named.
 */
import type { PipelineModel } from '../model/pipeline';
import type { TaskNode } from '../model/task-node';

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
  if (task === undefined || (task.kind !== 'task' && task.kind !== 'container')) return [];
  const { pool, maxActive } = task;
  return [
    ...(pool === undefined ? [] : [{ pool: pool.name, size: pool.size, slots: pool.slots }]),
    // Names of pools have no colons.
    ...(maxActive === undefined ? [] : [{ pool: `task:${id}/${task.id}`, size: maxActive, slots: 1 }]),
    ...(maxActiveTasks === undefined ? [] : [{ pool: `tasks:${id}`, size: maxActiveTasks, slots: 1 }]),
    ...(maxActiveTasksInStage === undefined
      ? []
      : [{ pool: 'tasks:', size: maxActiveTasksInStage, slots: 1 }]),
  ];
}
