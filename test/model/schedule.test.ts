/** Schedules that cannot be: told when the definition is checked, each with its remedy. */
import { minutes, seconds } from '../../lib/dsl/durations';
import { join } from '../../lib/dsl/join';
import { pipeline, type PipelineProps } from '../../lib/dsl/pipeline';
import { cron, daily, every } from '../../lib/dsl/schedule';
import { checkPipeline } from '../../lib/model/check';

const faults = (props: Partial<PipelineProps<never>>): string[] =>
  checkPipeline(
    pipeline({ id: 'wrong', description: 'Wrong.', ...props } as PipelineProps<never>, () => join('a')).model,
  ).map(({ code, message, hint }) => `${code} ${message} ${hint}`);

const FIVE = "Five fields: minute, hour, day of month, month, day of week, e.g. '0 6 * * MON'.";

it.each<[string, Partial<PipelineProps<never>>, string]>([
  [
    'a time zone that is none',
    { schedule: cron('0 6 * * *', { timeZone: 'Mars/Olympus' }) },
    "MR171 'Mars/Olympus' is no IANA time zone. Write it like 'Europe/Berlin'.",
  ],
  [
    'a day that never comes',
    { schedule: cron('0 0 30 2 *') },
    `MR170 The cron expression '0 0 30 2 *' is wrong: it never comes true. ${FIVE}`,
  ],
  [
    'six fields',
    { schedule: cron('0 0 6 * * *') },
    `MR170 The cron expression '0 0 6 * * *' is wrong: it does not have five fields. ${FIVE}`,
  ],
  [
    'an interval that is too short',
    { schedule: every(seconds(30)) },
    'MR172 The interval is 30 s. The shortest interval of EventBridge Scheduler is a minute: every(minutes(1)).',
  ],
  [
    'a start that is no date',
    { schedule: daily, startDate: '5.1.2026' },
    "MR173 The startDate '5.1.2026' is no ISO date. Write it like '2026-01-05'.",
  ],
  [
    'an end before the start',
    { schedule: daily, startDate: '2026-02-01', endDate: '2026-01-31' },
    'MR174 The endDate 2026-01-31 is before the startDate 2026-02-01. Swap them.',
  ],
  [
    'no run at all',
    { schedule: daily, maxActiveRuns: 0 },
    'MR175 maxActiveRuns is 0. Give a whole number from 1.',
  ],
])('refuses %s', (_, props, fault) => {
  expect(faults(props)).toEqual([fault]);
});

it('takes what can be: a leap day, an end on the day of the start, a minute', () => {
  expect(faults({ schedule: cron('0 0 29 2 *'), startDate: '2026-01-01', endDate: '2026-01-01' })).toEqual(
    [],
  );
  expect(faults({ schedule: every(minutes(1)) })).toEqual([]);
});
