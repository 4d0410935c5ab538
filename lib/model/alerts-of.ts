import type { Alerts, Channel, TaskAlerts, TaskRetries } from './alerts';
import type { PipelineModel } from './pipeline';
import type { RetryPolicy, TaskNode } from './task-node';

/** What a deployed pipeline has to know of its alerts; nothing when nobody is to be told. */
export function alertsOf(model: Pick<PipelineModel, 'alerts' | 'tasks'>): Alerts | undefined {
  const tasks = Object.fromEntries(
    [...alertingTasks(model.tasks)].map(([id, alerts, retry]) => [id, { ...alerts, ...retriesOf(retry) }]),
  );
  const alerts: Alerts = { ...model.alerts, ...(Object.keys(tasks).length === 0 ? {} : { tasks }) };
  return Object.keys(alerts).length === 0 ? undefined : alerts;
}

function* alertingTasks(
  tasks: readonly TaskNode[],
): Generator<readonly [id: string, alerts: TaskAlerts, retry: RetryPolicy]> {
  for (const task of tasks) {
    if ((task.kind === 'task' || task.kind === 'container') && task.alerts !== undefined)
      yield [task.id, task.alerts, task.retry] as const;
    if (task.kind === 'map') yield* alertingTasks(task.tasks);
  }
}

function retriesOf({ retries, rules = [] }: RetryPolicy): TaskRetries {
  // The first rule that names an error counts.
  const named = rules.toReversed().flatMap((rule) => rule.errors.map((error) => [error, rule.retries]));
  return { retries, ...(named.length === 0 ? {} : { rules: Object.fromEntries(named) as never }) };
}

/** Every channel that the definition names. */
export function channelsOf(alerts: Alerts): Channel[] {
  const own = ({ onFailure = [], onSuccess = [], onRetry = [] }: TaskAlerts) => [
    ...onFailure,
    ...onSuccess,
    ...onRetry,
  ];
  return [
    ...own(alerts),
    ...(alerts.deadline?.channels ?? []),
    ...Object.values(alerts.tasks ?? {}).flatMap(own),
  ];
}

/** The same alerts with other channels. */
export function withChannels(alerts: Alerts, change: (channel: Channel) => Channel): Alerts {
  const own = ({ onFailure, onSuccess, onRetry }: TaskAlerts): TaskAlerts => ({
    ...(onFailure === undefined ? {} : { onFailure: onFailure.map(change) }),
    ...(onSuccess === undefined ? {} : { onSuccess: onSuccess.map(change) }),
    ...(onRetry === undefined ? {} : { onRetry: onRetry.map(change) }),
  });
  const { deadline, tasks } = alerts;
  return {
    ...alerts,
    ...own(alerts),
    ...(deadline === undefined ? {} : { deadline: { ...deadline, channels: deadline.channels.map(change) } }),
    ...(tasks === undefined
      ? {}
      : {
          tasks: Object.fromEntries(
            Object.entries(tasks).map(([id, task]) => [id, { ...task, ...own(task) }]),
          ),
        }),
  };
}
