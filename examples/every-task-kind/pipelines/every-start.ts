/** Every way in which runs start, and what bounds them. The first failure stops the run. */
import {
  alarmTopic,
  cron,
  datasetUpdated,
  hours,
  objectCreated,
  onLog,
  pipeline,
  shell,
  text,
  z,
} from 'millrace';

export default pipeline(
  {
    id: 'every-start',
    description: 'Starts by a schedule, by a file, by datasets, by hand.',
    owner: 'data-platform',
    tags: ['example'],
    schedule: cron('30 6 * * MON-FRI', { timeZone: 'Europe/Berlin' }),
    startDate: '2026-01-01',
    endDate: '2027-12-31',
    catchup: true,
    logicalDate: 'interval-start',
    triggers: [
      objectCreated('raw/orders/', { suffix: '.csv', minimumBytes: 10, param: 'key' }),
      datasetUpdated(['fits', 'totals'], { mode: 'all' }),
      datasetUpdated('catalogue', { per: 'key', param: 'part' }),
    ],
    params: z.object({
      key: z.string().default('raw/orders/orders.csv'),
      part: z.string().default('all'),
    }),
    maxActiveRuns: 1,
    dependsOnPast: true,
    failureMode: 'failFast',
    deadline: { after: hours(2), from: 'logical-date', channels: [alarmTopic] },
    onFailure: [alarmTopic],
    onSuccess: [alarmTopic],
    onRetry: [alarmTopic],
    onLog: [onLog('out of memory', { rerun: 1 })],
    runTimeout: hours(6),
  },
  ({ params, run }) => {
    const read = shell('read', { command: 'echo "$KEY"', environment: { KEY: params.key } }, { retries: 1 });
    shell('done', { command: 'echo "$WORDS"', environment: { WORDS: text`${run.ds}: ${read.lastLine}` } });
  },
);
