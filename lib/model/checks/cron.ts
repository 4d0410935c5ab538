import { Cron } from 'croner';
import type { Diagnostic } from '../diagnostic';
import type { PipelineModel } from '../pipeline';

/** The schedule must say when, and the dates must be dates. */
export function checkCron(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (code: string, message: string, hint: string) =>
    found.push({ code, severity: 'error', path: `${model.id} / schedule`, message, hint });
  const { schedule } = model;
  if (schedule.kind === 'cron') {
    if (!knownTimeZone(schedule.timeZone))
      add('MR171', `'${schedule.timeZone}' is no IANA time zone.`, "Write it like 'Europe/Berlin'.");
    const reason = cronFault(schedule.expression);
    if (reason !== undefined)
      add(
        'MR170',
        `The cron expression '${schedule.expression}' is wrong: ${reason}`,
        "Five fields: minute, hour, day of month, month, day of week, e.g. '0 6 * * MON'.",
      );
  }
  if (schedule.kind === 'interval' && !(schedule.seconds >= 60)) {
    add(
      'MR172',
      `The interval is ${schedule.seconds} s.`,
      'The shortest interval of EventBridge Scheduler is a minute: every(minutes(1)).',
    );
  }
  for (const [name, date] of [
    ['startDate', model.startDate],
    ['endDate', model.endDate],
  ] as const) {
    if (date !== undefined && (!/^\d{4}-\d{2}-\d{2}/.test(date) || Number.isNaN(Date.parse(date)))) {
      add('MR173', `The ${name} '${date}' is no ISO date.`, "Write it like '2026-01-05'.");
    }
  }
  if (
    model.startDate !== undefined &&
    model.endDate !== undefined &&
    Date.parse(model.endDate) < Date.parse(model.startDate)
  ) {
    add('MR174', `The endDate ${model.endDate} is before the startDate ${model.startDate}.`, 'Swap them.');
  }
  if (!Number.isInteger(model.maxActiveRuns) || model.maxActiveRuns < 1)
    add('MR175', `maxActiveRuns is ${model.maxActiveRuns}.`, 'Give a whole number from 1.');
  return found;
}

function cronFault(expression: string): string | undefined {
  if (expression.trim().split(/\s+/).length !== 5) return 'it does not have five fields.';
  try {
    const next = new Cron(expression, { paused: true, timezone: 'UTC' }).nextRun(
      new Date('2026-01-01T00:00:00Z'),
    );
    return next === null ? 'it never comes true.' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
  }
}

function knownTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
