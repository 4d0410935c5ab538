import type { Channel, LogTrigger, TaskAlerts } from '../alerts';
import { alertsOf } from '../alerts-of';
import { withMapped } from '../edges';
import { logFilter } from '../log-filter';
import { didYouMean } from '../suggest';
import type { Diagnostic } from '../diagnostic';
import type { PipelineModel } from '../pipeline';

/** Secrets are referred to by names, and a deadline is a length of time. */
export function checkAlerts(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (path: string, code: string, message: string, hint: string) =>
    found.push({ code, severity: 'error', path, message, hint });
  const checkChannels = (path: string, channels: readonly Channel[]) => {
    for (const channel of channels) {
      if (channel.kind === 'task' && model.id.length > MAX_ID)
        add(
          path,
          'MR232',
          `It calls the task ${channel.contract}, and the id of the pipeline has more than ${MAX_ID} characters.`,
          'Shorten the id: the notifier finds functions of callbacks by their names.',
        );
      if (channel.kind === 'topic' || channel.kind === 'task' || SECRET_NAME.test(channel.url.secret))
        continue;
      add(
        path,
        'MR230',
        'The channel does not name a secret: a name has letters, digits, dots, hyphens, underscores and slashes.',
        "Store the URL as a secret of the stage, and write its name: slack(secret('risk-ml-webhook')).",
      );
    }
  };
  const alerts = alertsOf(model) ?? {};
  checkChannels(model.id, channelsOf(alerts));
  const mapped = new Set(
    model.tasks.flatMap((task) => (task.kind === 'map' ? withMapped(task.tasks).map(({ id }) => id) : [])),
  );
  const checkDeadline = (path: string, { deadline }: TaskAlerts) => {
    if (deadline === undefined) return;
    checkChannels(path, deadline.channels);
    if (!(deadline.seconds >= 60))
      add(
        path,
        'MR231',
        `The deadline is ${deadline.seconds} s after the ${deadline.from}.`,
        'Give a minute or more: deadline: { after: hours(2) }.',
      );
  };
  checkDeadline(`${model.id} / deadline`, alerts);
  for (const [task, own] of Object.entries(alerts.tasks ?? {})) {
    checkChannels(`${model.id} / ${task}`, channelsOf(own));
    checkDeadline(`${model.id} / ${task}`, own);
    if (own.deadline !== undefined && mapped.has(task))
      add(
        `${model.id} / ${task}`,
        'MR236',
        'It is done for each item of a map, and a deadline is of one task.',
        'Give the deadline to a task that waits for the map, or to the pipeline.',
      );
  }
  checkLog(model, alerts.log ?? [], add);
  for (const trigger of alerts.log ?? []) checkChannels(`${model.id} / onLog`, trigger.channels ?? []);
  return found;
}

/** As long as CloudWatch takes in a filter, of all texts together. */
const MAX_FILTER = 1024;

function checkLog(
  model: PipelineModel,
  triggers: readonly LogTrigger[],
  add: (path: string, code: string, message: string, hint: string) => void,
): void {
  const path = `${model.id} / onLog`;
  const ids = model.tasks.flatMap((task) => [
    task.id,
    ...(task.kind === 'map' ? task.tasks.map(({ id }) => id) : []),
  ]);
  for (const { text, tasks = [] } of triggers) {
    if (text.trim() === '' || /[\r\n]/.test(text))
      add(
        path,
        'MR233',
        `The text ${JSON.stringify(text)} is in every line or in none.`,
        'Write a part of one line.',
      );
    for (const task of tasks)
      if (!ids.includes(task))
        add(
          path,
          'MR234',
          `There is no task '${task}'.`,
          `${didYouMean(task, ids)}Leave tasks out for all of them.`,
        );
  }
  if (logFilter(triggers).length > MAX_FILTER)
    add(
      path,
      'MR235',
      `The texts have more than ${MAX_FILTER} characters together, the most that a filter of CloudWatch Logs takes.`,
      'Shorten them to what tells the lines apart.',
    );
}

/** So that the name of a function has `-callback-` in it: `millrace-staging-<id>-callback-…` ends in a hash after 55. */
const MAX_ID = 28;

/** A URL by mistake has a colon. */
const SECRET_NAME = /^[\w.-]+(\/[\w.-]+)*$/;

function channelsOf({
  onFailure = [],
  onSuccess = [],
  onRetry = [],
  onAsk = [],
}: TaskAlerts): readonly Channel[] {
  return [...onFailure, ...onSuccess, ...onRetry, ...onAsk];
}
