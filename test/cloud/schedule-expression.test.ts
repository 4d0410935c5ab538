import { scheduleExpressions } from '../../lib/cloud/schedule-expression';
import { nextOccurrence } from '../../lib/local/scheduler/next-occurrence';
import { Timetable } from '../../lib/orchestration/timetable';

const cron = (expression: string) =>
  scheduleExpressions({ kind: 'cron', expression, timeZone: 'UTC' }, undefined).map((one) => one.expression);

describe('schedules of AWS', () => {
  it.each([
    ['0 6 * * MON', ['cron(0 6 ? * MON *)']],
    ['*/15 * * * *', ['cron(0,15,30,45 * * * ? *)']],
    ['0 0 1 */3 *', ['cron(0 0 1 1,4,7,10 ? *)']],
    ['5 4 * * 1-5', ['cron(5 4 ? * MON,TUE,WED,THU,FRI *)']],
    ['5 4 * JAN,jul 0,7', ['cron(5 4 ? 1,7 SUN *)']],
    ['0 12 13 * FRI', ['cron(0 12 13 * ? *)', 'cron(0 12 ? * FRI *)']],
    ['0 8-18/2 * * *', ['cron(0 8,10,12,14,16,18 * * ? *)']],
  ])('%s', (unix, expected) => expect(cron(unix)).toEqual(expected));

  it('count an interval from the start date', () => {
    const interval = (seconds: number, startDate?: string) =>
      scheduleExpressions({ kind: 'interval', seconds }, startDate)[0]?.expression;
    expect(interval(7200, '2026-01-05T01:30:00Z')).toBe('cron(30 1,3,5,7,9,11,13,15,17,19,21,23 * * ? *)');
    expect(interval(600)).toBe('cron(0,10,20,30,40,50 * * * ? *)');
    expect(interval(86_400, '2026-01-05')).toBe('cron(0 0 * * ? *)');
    expect(interval(3600)).toBe('cron(0 * * * ? *)');
    // 90 minutes do not divide a day into hours: the launcher is asked every minute.
    expect(interval(5400)).toBe('rate(1 minute)');
  });

  it.each([
    ['30 2 * * *', 'Europe/Berlin'],
    ['0 0 13 * FRI', 'America/New_York'],
    ['15 */6 * * 1-5', 'Asia/Kolkata'],
  ])('ring when %s in %s is due, through a year of daylight saving', (expression, timeZone) => {
    const rings = new Set<number>();
    const from = Date.parse('2026-01-01T00:00:00Z');
    const until = Date.parse('2027-01-01T00:00:00Z');
    for (const one of scheduleExpressions({ kind: 'cron', expression, timeZone }, undefined)) {
      const timing = { ...one, createdAt: from };
      for (
        let at = nextOccurrence(timing, from);
        at !== undefined && at < until;
        at = nextOccurrence(timing, at)
      )
        rings.add(at);
    }
    const due = [
      ...new Timetable({
        schedule: { kind: 'cron', expression, timeZone },
        catchup: false,
        logicalDate: 'interval-start',
        maxActiveRuns: 1,
        dependsOnPast: false,
      }).between(from, until - 1),
    ].map((tick) => tick.due);
    expect([...rings].sort((a, b) => a - b)).toEqual(due);
  });
});
