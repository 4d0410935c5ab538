import type { Alerts, Channel, TaskRetries } from '../../model/alerts';
import { NON_RETRYABLE } from '../../model/errors';
import type { AlertEvent } from '../events';

/** Who is to be told of an event. What concerns nobody has no channels. */
export function channelsFor(event: AlertEvent, alerts: Alerts): readonly Channel[] {
  switch (event.type) {
    case 'Run Ended':
      return (event.detail.status === 'success' ? alerts.onSuccess : alerts.onFailure) ?? [];
    case 'Task Failed': {
      const own = alerts.tasks?.[nodeOf(event.detail.task)];
      return own !== undefined && isFinal(event.detail, own) ? (own.onFailure ?? []) : [];
    }
    case 'Task Retried':
      return alerts.tasks?.[nodeOf(event.detail.task)]?.onRetry ?? alerts.onRetry ?? [];
    case 'Task Succeeded':
      return alerts.tasks?.[nodeOf(event.detail.task)]?.onSuccess ?? [];
    case 'Decision Asked':
      return alerts.tasks?.[event.detail.task]?.onAsk ?? [];
    case 'Log Matched':
      return alerts.log?.[event.detail.trigger]?.channels ?? [];
    case 'Deadline Missed':
      return (
        (event.detail.task === undefined ? alerts : alerts.tasks?.[event.detail.task])?.deadline?.channels ??
        []
      );
  }
}

/** The task itself does not know whether it will be tried again; its retries and the name of its error say so. */
function isFinal(
  { final, attempt, error }: Extract<AlertEvent, { type: 'Task Failed' }>['detail'],
  { retries, rules = {} }: TaskRetries,
): boolean {
  const name = error?.name ?? '';
  const ruled = rules[name];
  if (final || ruled !== undefined) return final || attempt > (ruled ?? 0);
  return attempt > retries || (NON_RETRYABLE as readonly string[]).includes(name);
}

/** A task of a map is recorded with the index of its item: `scores/score[3]`. */
function nodeOf(task: string): string {
  return task.replace(/\[\d+\]$/, '');
}
