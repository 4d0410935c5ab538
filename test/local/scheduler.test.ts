import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { open, type RootDatabase } from 'lmdb';
import { setTimeout as pause } from 'node:timers/promises';
import { VirtualClock } from '../../lib/local/clock';
import { Scheduler } from '../../lib/local/scheduler/scheduler';
import { transformInput } from '../../lib/local/events/input-transformer';
import { startTestCloud } from '../support/local-cloud';

describe('the scheduler', () => {
  let directory: string;
  let root: RootDatabase;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'millrace-scheduler-'));
    root = open({ path: directory, maxDbs: 8, encoding: 'json', noSync: true });
  });
  afterEach(async () => {
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const schedule = {
    name: 'nightly',
    expression: 'cron(30 2 * * ? *)',
    timeZone: 'Europe/Berlin',
    enabled: true,
    targetArn: 'launcher',
    input: '{"at":"<aws.scheduler.scheduled-time>"}',
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  function scheduler(clock: VirtualClock, rang: string[], fail: () => boolean = () => false) {
    return new Scheduler({
      root,
      clock,
      deliver: async (_arn, payload) => {
        rang.push((JSON.parse(payload) as { at: string }).at);
        if (fail()) throw new Error('gone');
      },
    });
  }

  it('rings each night of the week in which clocks go forward, and once each', async () => {
    const clock = new VirtualClock(Date.parse('2026-03-27T12:00:00Z'));
    const rang: string[] = [];
    const one = scheduler(clock, rang, () => rang.length === 2);
    one.put(schedule);
    one.start();
    for (; clock.advance(Date.parse('2026-04-03T12:00:00Z')); await settled());
    one.stop();
    expect(rang).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
      '2026-03-31T00:30:00.000Z',
      '2026-04-01T00:30:00.000Z',
      '2026-04-02T00:30:00.000Z',
      '2026-04-03T00:30:00.000Z',
    ]);
  });

  it('rings once for what it missed while nobody was there', async () => {
    const rang: string[] = [];
    const before = scheduler(new VirtualClock(Date.parse('2026-10-20T12:00:00Z')), rang);
    before.put(schedule);
    before.start();
    before.stop();
    const clock = new VirtualClock(Date.parse('2026-10-24T12:00:00Z'));
    const later = scheduler(clock, rang);
    later.put(schedule);
    later.start();
    for (; clock.advance(Date.parse('2026-10-26T12:00:00Z')); await settled());
    later.stop();
    expect(rang).toEqual([
      '2026-10-24T00:30:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('is silent for what is disabled, and forgets what a deployment no longer has', async () => {
    const clock = new VirtualClock(Date.parse('2026-10-20T12:00:00Z'));
    const rang: string[] = [];
    const one = scheduler(clock, rang);
    one.put({ ...schedule, enabled: false });
    one.put({ ...schedule, name: 'gone', expression: 'rate(1 hour)' });
    one.start();
    one.retain(new Set(['nightly']));
    for (; clock.advance(Date.parse('2026-10-26T12:00:00Z')); await settled());
    expect(rang).toEqual([]);
    expect(one.list().map(({ name, next }) => [name, next])).toEqual([['nightly', undefined]]);
    one.stop();
  });
});

it('input transformers fill texts, numbers and what is missing', () => {
  const event = { detail: { key: 'a "b".csv', size: 3 } };
  const transformer = {
    InputPathsMap: { key: '$.detail.key', size: '$.detail.size', version: '$.detail.version' },
    InputTemplate: '{"key": <key>, "quoted": "<key>", "size": <size>, "version": <version>}',
  };
  expect(JSON.parse(transformInput(transformer, event))).toEqual({
    key: 'a "b".csv',
    quoted: 'a "b".csv',
    size: 3,
    version: '',
  });
});

it('a file that arrives rings the function that a rule names, with what the rule makes of the event', async () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:tool';
  const cloud = await startTestCloud(
    {
      Resources: {
        Bucket: {
          Type: 'AWS::S3::Bucket',
          Properties: {
            BucketName: 'incoming',
            NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
          },
        },
        Tool: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: 'tool',
            Handler: 'index.handler',
            Role: 'arn:aws:iam::000000000000:role/tool',
            LoggingConfig: { LogGroup: '/tool' },
            Code: { S3Bucket: 'b', S3Key: 'tool.zip' },
          },
        },
        Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/tool' } },
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: {
            EventPattern: {
              source: ['aws.s3'],
              'detail-type': ['Object Created'],
              detail: {
                bucket: { name: ['incoming'] },
                object: { key: [{ wildcard: 'raw/*.csv' }], size: [{ numeric: ['>=', 3] }] },
              },
            },
            Targets: [
              {
                Id: 'tool',
                Arn: arn,
                InputTransformer: {
                  InputPathsMap: { key: '$.detail.object.key', size: '$.detail.object.size' },
                  InputTemplate: '{"key": <key>, "size": <size>}',
                },
              },
            ],
          },
        },
      },
    },
    { tool: 'exports.handler = async (event) => { console.log("rang " + JSON.stringify(event)); };' },
  );
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const logs = new CloudWatchLogsClient(cloud.client);
  try {
    for (const [Key, Body] of [
      ['raw/small.csv', 'x'],
      ['raw/a.txt', 'xxxx'],
      ['other/a.csv', 'xxxx'],
      ['raw/2026/a.csv', 'xxxx'],
    ] as const)
      await s3.send(new PutObjectCommand({ Bucket: 'incoming', Key, Body }));
    let rang: string[] = [];
    for (let i = 0; i < 200 && rang.length === 0; i++) {
      await pause(25);
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/tool' }));
      rang = events.flatMap(({ message = '' }) => /rang (\{.*\})/.exec(message)?.[1] ?? []);
    }
    await pause(100);
    expect(rang.map((text) => JSON.parse(text) as unknown)).toEqual([{ key: 'raw/2026/a.csv', size: 4 }]);
  } finally {
    s3.destroy();
    logs.destroy();
    await cloud.remove();
  }
});
