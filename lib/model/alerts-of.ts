import type { Alerts, TaskAlerts } from './alerts';
import type { PipelineModel } from './pipeline';
import type { TaskNode } from './task-node';

/** What a deployed pipeline has to know of its alerts; nothing when nobody is to be told. */
export function alertsOf(model: Pick<PipelineModel, 'alerts' | 'tasks'>): Alerts | undefined {
  const tasks = Object.fromEntries(
    [...alertingTasks(model.tasks)].map(([id, alerts, retries]) => [id, { ...alerts, retries }]),
  );
  const alerts: Alerts = { ...model.alerts, ...(Object.keys(tasks).length === 0 ? {} : { tasks }) };
  return Object.keys(alerts).length === 0 ? undefined : alerts;
}

function* alertingTasks(
  tasks: readonly TaskNode[],
): Generator<readonly [id: string, alerts: TaskAlerts, retries: number]> {
  for (const task of tasks) {
    if (task.kind === 'task' && task.alerts !== undefined)
      yield [task.id, task.alerts, task.retry.retries] as const;
    if (task.kind === 'map') yield* alertingTasks(task.tasks);
  }
}
