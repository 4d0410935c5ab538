/** Every kind of task, each once, one after the other as they belong together. */
import {
  alarmTopic,
  approval,
  athenaQuery,
  auroraQuery,
  awsCall,
  choose,
  container,
  copyObject,
  days,
  deployModel,
  hours,
  httpRequest,
  join,
  listObjects,
  map,
  minutes,
  notify,
  objectExists,
  pipeline,
  pool,
  redshiftQuery,
  rollbackEndpoint,
  runSucceeded,
  secret,
  sensor,
  shell,
  shortCircuit,
  task,
  text,
  timeOfDay,
  triggerPipeline,
  verifyModel,
  wait,
  waitUntil,
  z,
} from 'millrace';
import { countWords } from '../tasks/count-words';
import { exportedFile } from '../tasks/exported-file';
import { greet } from '../tasks/greet';

const inTypeScript = task(greet);
const inPython = task(countWords);
const exported = sensor(exportedFile);
const warehouse = pool('warehouse', 4);

const CLUSTER = 'arn:aws:rds:eu-central-1:111111111111:cluster:shop';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:shop-AbCdEf';
const IMAGE = '111111111111.dkr.ecr.eu-central-1.amazonaws.com/fit:1';
const local = { command: 'node', args: ['-e', 'console.log("in its place")'] };
const tables = { tables: { orders: 'data/orders.csv' } };

export default pipeline(
  {
    id: 'every-kind',
    description: 'Every kind of task, each once.',
    params: z.object({ name: z.string().default('world'), least: z.number().default(10) }),
    defaults: { retries: 2, retryDelay: 30, backoff: 2, maxRetryDelay: 600, jitter: true },
    onFailure: [alarmTopic],
  },
  ({ params, run, group, branch }) => {
    // Waiting for something: nothing runs in between.
    const waited = group('wait', () => [
      objectExists('object', { key: text`raw/${run.ds}/orders.csv` }, { softFail: true, timeout: hours(1) }),
      timeOfDay('opening', { time: '08:00', timeZone: 'Europe/Berlin' }),
      runSucceeded('upstream', { pipeline: 'every-start', date: run.ds }, { timeout: days(1) }),
      exported('export', { name: text`exports/${run.ds}.csv` }, { pokeInterval: minutes(5) }),
      wait('settle', minutes(1)),
      waitUntil('six', text`${run.ds}T06:00:00Z`),
    ]);

    // Handlers: functions, and the same handlers in containers by a word.
    const handlers = group('handlers', () => [
      inTypeScript('typescript', { name: params.name }, { cache: { for: days(7) }, memoryMb: 512 }),
      inPython('python', { text: params.name }, { pool: warehouse, maxActive: 1 }),
      inTypeScript('typescript-fargate', { name: params.name }, { runsOn: 'fargate', ephemeralMb: 1024 }),
      inTypeScript('typescript-pod', { name: params.name }, { runsOn: 'kubernetes' }),
      inPython('python-batch', { text: params.name }, { runsOn: { on: 'batch', cpu: 2 }, timeout: hours(2) }),
      inPython('python-pod', { text: params.name }, { runsOn: 'kubernetes' }),
    ]);

    // Any image, on every service.
    const images = group('images', () => [
      container('fargate', {
        runsOn: 'fargate',
        image: IMAGE,
        local,
        args: ['--rate', 0.5],
        skipOnExitCode: 99,
      }),
      container('batch', { runsOn: 'batch', image: IMAGE, local, gpu: 1, cpu: 4, memoryMb: 15_000 }),
      container('sagemaker', { runsOn: 'sagemaker', image: IMAGE, local, instanceType: 'ml.m5.xlarge' }),
      container('pod', {
        runsOn: 'kubernetes',
        image: IMAGE,
        local,
        command: ['python', 'fit.py'],
        environment: { LEAST: params.least },
        labels: { team: 'ml' },
        namespace: 'ml',
        serviceAccount: 'training',
        outlets: ['fits'],
      }),
    ]);

    const commands = group('commands', () => [
      shell(
        'shell',
        { command: 'echo "$NAME"; exit 0', environment: { NAME: params.name } },
        {
          retries: [
            { on: 'States.Timeout', attempts: 1 },
            { on: 'States.ALL', attempts: 3 },
          ],
        },
      ),
      httpRequest('http', {
        method: 'POST',
        url: 'https://example.com/score',
        headers: { authorization: secret('scoring-token') },
      }),
    ]);

    // Asked by the machine itself: no function waits.
    const rows = z.object({ country: z.string(), total: z.number() });
    const queries = group('queries', () => [
      athenaQuery(
        'athena',
        {
          sql: 'SELECT country, sum(total) AS total FROM orders WHERE total > ? GROUP BY country',
          parameters: [params.least],
          database: 'shop',
          tables: ['orders'],
          reads: ['raw/orders/'],
          row: rows,
          local: tables,
        },
        { cache: { for: hours(12) }, pool: warehouse, outlets: ['totals'], onFailure: [alarmTopic] },
      ),
      redshiftQuery(
        'redshift',
        {
          sql: 'SELECT country, total FROM orders WHERE total > :least',
          parameters: { least: params.least },
          workgroup: 'warehouse',
          database: 'dev',
          row: rows,
          local: tables,
        },
        { onRetry: [alarmTopic], maxActive: 2 },
      ),
      auroraQuery('aurora', {
        sql: 'UPDATE orders SET seen = true WHERE country = :country',
        parameters: { country: 'DE' },
        clusterArn: CLUSTER,
        secretArn: SECRET,
        database: 'shop',
      }),
    ]);
    const calls = group('calls', () => {
      const listed = listObjects('list', { prefix: text`raw/${run.ds}/` });
      const copies = map('copies', listed.keys, (key) =>
        copyObject('copy', { from: key, to: text`raw/archive/${key}` }),
      );
      const crawl = awsCall('crawl', {
        service: 'glue',
        action: 'startCrawler',
        arguments: { Name: 'sales' },
        permissions: [
          {
            actions: ['glue:StartCrawler'],
            resources: ['arn:aws:glue:eu-central-1:111111111111:crawler/sales'],
          },
        ],
        outlets: ['catalogue'],
        partitionKey: params.name,
        onSuccess: [alarmTopic],
      });
      return [copies, crawl];
    });

    const all = join('all', {
      after: [...waited, ...handlers, ...images, ...commands, ...queries, ...calls],
    });
    const worthwhile = shortCircuit('worthwhile', params.least.atLeast(0), { after: [all] });

    // A model: held against criteria, then by a person, then deployed or rolled back.
    const verified = verifyModel('verify', { name: 'fit', version: '@champion' }, { after: [worthwhile] });
    const asked = approval('ask', {
      prompt: text`Deploy version ${verified.version}?`,
      details: { reason: verified.reason },
      form: z.object({ percent: z.number().min(1).max(100).default(10) }),
      expires: hours(12),
      onExpiry: 'skip',
      onFailure: [alarmTopic],
    });
    branch('approved', asked.approved, {
      yes: () =>
        deployModel('deploy', {
          name: 'fit',
          version: verified.version,
          endpoint: 'fit',
          reason: 'approved',
        }),
      no: () => rollbackEndpoint('roll-back', { endpoint: 'fit', reason: 'refused' }),
    });
    choose('tell', {
      after: [asked],
      cases: {
        passed: {
          when: verified.passed,
          do: () => notify('good', { subject: 'A model passed', text: verified.reason }),
        },
      },
      otherwise: () => notify('bad', { subject: 'A model did not pass', text: verified.reason }),
    });
    triggerPipeline('start-other', { pipeline: 'every-start', after: [all] });
    triggerPipeline('wait-for-other', {
      pipeline: 'every-start',
      wait: true,
      timeout: hours(1),
      after: [all],
    });
  },
);
