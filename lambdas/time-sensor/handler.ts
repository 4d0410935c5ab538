import { NotReady } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import { timeSensor } from '../../lib/tasks/time-sensor';

export const handler = taskHandler(timeSensor, async ({ time, timeZone }, { run }) => {
  const now = new Date();
  const target = `${localTime(new Date(run.startedAt), timeZone).slice(0, 10)} ${time}`;
  if (localTime(now, timeZone) >= target) return { reachedAt: now.toISOString() };
  throw new NotReady(`It is ${localTime(now, timeZone)} in ${timeZone}, not ${target} yet.`);
});

/** `2026-11-21 08:00`. Swedish writes dates that way. */
function localTime(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
    instant,
  );
}
