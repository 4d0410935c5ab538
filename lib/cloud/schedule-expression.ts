/**
 * Schedules as EventBridge Scheduler writes them: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * Unix cron takes a day when the day of the month or the day of the week fits; a schedule of AWS knows one of them only,
 * so that such a pattern becomes two schedules. A moment that both meet is served once: a date has one run.
 */
import type { Schedule } from '../model/schedule';

export interface ScheduleExpression {
  readonly expression: string;
  readonly timeZone: string;
}

const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAY_SECONDS = 86_400;

/** Nothing for a pipeline that no clock starts. */
export function scheduleExpressions(schedule: Schedule, startDate: string | undefined): ScheduleExpression[] {
  switch (schedule.kind) {
    case 'cron':
      return cronExpressions(schedule.expression).map((expression) => ({
        expression,
        timeZone: schedule.timeZone,
      }));
    case 'interval':
      return [{ expression: intervalExpression(schedule.seconds, startDate), timeZone: 'UTC' }];
    case 'once':
    case 'none':
      return [];
  }
}

function cronExpressions(unix: string): string[] {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = unix.trim().split(/\s+/);
  const time = `${expand(minute, 0, 59)} ${expand(hour, 0, 23)}`;
  const months = expand(month, 1, 12, MONTHS, 1);
  const days = expand(day, 1, 31);
  const weekdays = weekdaysOf(weekday);
  const byDay = `cron(${time} ${days} ${months} ? *)`;
  const byWeekday = `cron(${time} ? ${months} ${weekdays} *)`;
  if (weekdays === '*') return [byDay];
  return days === '*' ? [byWeekday] : [byDay, byWeekday];
}

/** A field as a list of numbers, or `*`. Signs that Unix cron has not (L, W, #) are passed on. */
function expand(
  field: string,
  least: number,
  most: number,
  names: readonly string[] = [],
  first = 0,
): string {
  if (/[LW#]/i.test(field) && !names.some((name) => field.toUpperCase().includes(name))) return field;
  const number = (text: string): number => {
    const named = names.indexOf(text.toUpperCase().slice(0, 3));
    return named < 0 ? Number(text) : named + first;
  };
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const [range = '*', step = '1'] = part.split('/');
    const [from = '', to = range.includes('-') || !part.includes('/') ? from : String(most)] =
      range === '*' || range === '?' ? [String(least), String(most)] : range.split('-');
    for (let value = number(from); value <= number(to); value += Number(step)) values.add(value);
  }
  return values.size > most - least ? '*' : [...values].sort((a, b) => a - b).join(',');
}

function weekdaysOf(field: string): string {
  if (/[L#]/i.test(field)) return field;
  const numbers = expand(field, 0, 7, DAYS);
  if (numbers === '*') return '*';
  const days = new Set(numbers.split(',').map((day) => Number(day) % 7));
  return days.size === 7
    ? '*'
    : [...days]
        .sort((a, b) => a - b)
        .map((day) => DAYS[day])
        .join(',');
}

/**
 * A rate of AWS is counted from the deployment; ours from the start date. An interval that divides the day is written as
 * the times of day at which it ends; for any other one asks every minute, and the launcher knows when it is due.
 */
function intervalExpression(seconds: number, startDate: string | undefined): string {
  const anchor = startDate === undefined ? 0 : Date.parse(startDate) / 1000;
  const offset = ((anchor % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  const minute = Math.floor((offset % 3600) / 60);
  if (DAY_SECONDS % seconds === 0 && offset % 60 === 0) {
    if (seconds % 3600 === 0) return `cron(${minute} ${every(offset / 3600, seconds / 3600, 24)} * * ? *)`;
    if (3600 % seconds === 0 && seconds % 60 === 0)
      return `cron(${every(minute, seconds / 60, 60)} * * * ? *)`;
  }
  return 'rate(1 minute)';
}

function every(offset: number, step: number, size: number): string {
  const first = Math.floor(offset) % step;
  return step === 1
    ? '*'
    : Array.from({ length: Math.floor(size / step) }, (_, i) => first + i * step).join(',');
}
