import type { Schedule } from '../../model/schedule';

/** A schedule in a few words. */
export function describeSchedule(schedule: Schedule | undefined): string {
  if (schedule === undefined) return 'none';
  switch (schedule.kind) {
    case 'cron':
      return `${schedule.expression} ${schedule.timeZone}`;
    case 'interval':
      return `every ${schedule.seconds} s`;
    case 'once':
      return 'once';
    case 'none':
      return 'none';
  }
}
