/** What a test's clock drives: items expire, messages, events and alarms have its time, and `idle` says when to move on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import { VirtualClock } from '../../lib/local/clock';
import { Alarms } from '../../lib/local/cloudwatch/alarms';
import { Metrics } from '../../lib/local/cloudwatch/metrics';
import { DynamoDbService } from '../../lib/local/dynamodb/dynamodb-service';
import { EventBus } from '../../lib/local/events/event-bus';
import { quiet } from '../../lib/local/quiet';
import { ROOT as principal } from '../../lib/local/service';
import { Topics } from '../../lib/local/sns/topics';

const directory = mkdtempSync(join(tmpdir(), 'millrace-clock-'));
let root: RootDatabase;
beforeAll(() => {
  root = open({ path: directory, maxDbs: 12, encoding: 'json', noSync: true });
});
afterAll(async () => {
  await root.close();
  rmSync(directory, { recursive: true, force: true });
});

const START = Date.parse('2031-01-01T00:00:00Z');

describe('services on a virtual clock', () => {
  const clock = new VirtualClock(START);
  const now = () => clock.now();
  const later = (milliseconds: number) => {
    clock.at(START + milliseconds, () => {});
    while (clock.advance(START + milliseconds));
  };

  it('let items expire by it', async () => {
    const dynamodb = new DynamoDbService({ root, now });
    const call = (operation: string, input: object) => dynamodb.call(operation, input, principal);
    await call('CreateTable', {
      TableName: 'kept',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    await call('UpdateTimeToLive', {
      TableName: 'kept',
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    await call('PutItem', {
      TableName: 'kept',
      Item: { pk: { S: 'a' }, ttl: { N: String(START / 1000 + 60) } },
    });
    const read = async () =>
      ((await call('GetItem', { TableName: 'kept', Key: { pk: { S: 'a' } } })) as { Item?: object }).Item;
    expect(await read()).toBeDefined();
    later(61_000);
    expect(await read()).toBeUndefined();
  });

  it('date events and messages by it', async () => {
    const delivered: string[] = [];
    const bus = new EventBus({
      root,
      account: '1',
      region: 'r',
      now,
      deliver: async (_arn, payload) => void delivered.push(payload),
    });
    bus.putRule({
      name: 'all',
      bus: 'default',
      pattern: { source: ['x'] },
      enabled: true,
      targets: [{ id: 'a', arn: 'a' }],
    });
    bus.start();
    bus.emit({ source: 'x', 'detail-type': 'y', detail: {} });
    await quiet([bus]);
    const time = new Date(now()).toISOString();
    expect(delivered.map((text) => (JSON.parse(text) as { time: string }).time)).toEqual([time]);
    const topics = new Topics(root, now);
    topics.createTopic('t');
    await topics.call('Publish', { TopicArn: 't', Message: 'm' }, principal);
    expect(topics.published('t').map(({ at }) => at)).toEqual([now()]);
  });

  it('look at alarms by it: they ring, and go out when the time of their period is over', async () => {
    const states: string[] = [];
    const metrics = new Metrics(now, () => alarms.wake());
    const alarms: Alarms = new Alarms({
      root,
      metrics,
      now,
      at: (time, run) => clock.at(time, run),
      emit: () => {},
      publish: async (_topic, subject) => void states.push(`${subject} ${(now() - began) / 1000} s`),
    });
    alarms.put({
      AlarmName: 'a',
      Namespace: 'n',
      MetricName: 'm',
      Statistic: 'Sum',
      Period: 60,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      AlarmActions: ['t'],
      OKActions: ['t'],
    });
    alarms.start();
    const began = now();
    metrics.put({ namespace: 'n', name: 'm', dimensions: {} }, 2, 'Count');
    while (clock.advance(began + 600_000)) await quiet([alarms]);
    alarms.stop();
    expect(states).toEqual(['ALARM: "a" 2 s', 'OK: "a" 62 s']);
  });
});

describe('quiet', () => {
  it('waits until nobody is at work, and what that set off has ended too', async () => {
    const worker = { busy: true };
    const order: string[] = [];
    const waited = quiet([worker]).then(() => order.push('quiet'));
    await pause(10);
    order.push('ended');
    worker.busy = false;
    await new Promise((resolve) => setImmediate(resolve));
    worker.busy = true;
    await pause(10);
    order.push('ended again');
    worker.busy = false;
    await waited;
    expect(order).toEqual(['ended', 'ended again', 'quiet']);
  });
});
