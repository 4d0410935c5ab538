import type { Alerts, Channel, TaskAlerts, TaskRetries } from './alerts';
import type { PipelineModel } from './pipeline';
import { isWork, type RetryPolicy, type TaskNode } from './task-node';

/** What a deployed pipeline has to know of its alerts; nothing when nobody is to be told. */
export function alertsOf(model: Pick<PipelineModel, 'alerts' | 'tasks'>): Alerts | undefined {
  const tasks = Object.fromEntries(
    [...alertingTasks(model.tasks)].map(([id, alerts, retry]) => [id, { ...alerts, ...retriesOf(retry) }]),
  );
  const alerts: Alerts = { ...model.alerts, ...(Object.keys(tasks).length === 0 ? {} : { tasks }) };
  return Object.keys(alerts).length === 0 ? undefined : alerts;
}

const NO_RETRY: RetryPolicy = { retries: 0, delaySeconds: 1, backoffRate: 1, jitter: false };

function* alertingTasks(
  tasks: readonly TaskNode[],
): Generator<readonly [id: string, alerts: TaskAlerts, retry: RetryPolicy]> {
  for (const task of tasks) {
    if ((isWork(task) || task.kind === 'approval') && task.alerts !== undefined)
      yield [task.id, task.alerts, isWork(task) ? task.retry : NO_RETRY] as const;
    if (task.kind === 'map') yield* alertingTasks(task.tasks);
  }
}

function retriesOf({ retries, rules = [] }: RetryPolicy): TaskRetries {
  // The first rule that names an error counts.
  const named = rules.toReversed().flatMap((rule) => rule.errors.map((error) => [error, rule.retries]));
  return { retries, ...(named.length === 0 ? {} : { rules: Object.fromEntries(named) as never }) };
}

/** Whether somebody has to look for what is late. */
export function hasDeadlines({ deadline, tasks = {} }: Alerts): boolean {
  return deadline !== undefined || Object.values(tasks).some((task) => task.deadline !== undefined);
}

/** Every channel that the definition names. */
export function channelsOf(alerts: Alerts): Channel[] {
  const own = ({ onFailure = [], onSuccess = [], onRetry = [], onAsk = [], deadline }: TaskAlerts) => [
    ...onFailure,
    ...onSuccess,
    ...onRetry,
    ...onAsk,
    ...(deadline?.channels ?? []),
  ];
  return [
    ...own(alerts),
    ...(alerts.log ?? []).flatMap((trigger) => trigger.channels ?? []),
    ...Object.values(alerts.tasks ?? {}).flatMap(own),
  ];
}

/** The same alerts with other channels. */
export function withChannels(alerts: Alerts, change: (channel: Channel) => Channel): Alerts {
  const own = ({ onFailure, onSuccess, onRetry, onAsk, deadline }: TaskAlerts): TaskAlerts => ({
    ...(onFailure === undefined ? {} : { onFailure: onFailure.map(change) }),
    ...(onSuccess === undefined ? {} : { onSuccess: onSuccess.map(change) }),
    ...(onRetry === undefined ? {} : { onRetry: onRetry.map(change) }),
    ...(onAsk === undefined ? {} : { onAsk: onAsk.map(change) }),
    ...(deadline === undefined ? {} : { deadline: { ...deadline, channels: deadline.channels.map(change) } }),
  });
  const { log, tasks } = alerts;
  return {
    ...alerts,
    ...own(alerts),
    ...(log === undefined
      ? {}
      : {
          log: log.map((trigger) => ({
            ...trigger,
            ...(trigger.channels === undefined ? {} : { channels: trigger.channels.map(change) }),
          })),
        }),
    ...(tasks === undefined
      ? {}
      : {
          tasks: Object.fromEntries(
            Object.entries(tasks).map(([id, task]) => [id, { ...task, ...own(task) }]),
          ),
        }),
  };
}
