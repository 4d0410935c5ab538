import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { Alarms, metricMath, type AlarmProperties } from '../../lib/local/cloudwatch/alarms';
import { Metrics, statistic } from '../../lib/local/cloudwatch/metrics';
import { prometheusText } from '../../lib/local/cloudwatch/prometheus';
import { executionEnded, functionEnded } from '../../lib/local/cloudwatch/service-metrics';
import type { BusEvent } from '../../lib/local/service';

const MINUTE = 60_000;
let now = Date.parse('2026-03-01T10:00:00Z');
const metrics = () =>
  new Metrics(
    () => now,
    () => {},
  );

/** A line as powertools writes it. */
const line = (values: object, dimensions = { service: 'millrace', endpoint: 'churn', slot: 'candidate' }) =>
  JSON.stringify({
    _aws: {
      Timestamp: 1,
      CloudWatchMetrics: [
        {
          Namespace: 'millrace',
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.keys(values).map((Name) => ({
            Name,
            Unit: Name === 'Latency' ? 'Milliseconds' : 'Count',
          })),
        },
      ],
    },
    ...dimensions,
    ...values,
  });
const churn = (name: string) => ({
  namespace: 'millrace',
  name,
  dimensions: { endpoint: 'churn', service: 'millrace', slot: 'candidate' },
});

describe('metrics', () => {
  it('come out of lines in the embedded format, single and in lists, and of nothing else', () => {
    const all = metrics();
    all.observe(line({ Requests: 1, Latency: [3, 5] }));
    all.observe('{"message": "no metric"}');
    all.observe('not even "_aws" JSON');
    expect(all.values(churn('Requests'), now - MINUTE, now)).toEqual([1]);
    expect(all.values(churn('Latency'), now - MINUTE, now)).toEqual([3, 5]);
    expect(all.values(churn('Latency'), now, now + MINUTE)).toEqual([]);
    expect(all.all()).toHaveLength(2);
  });

  it('have the statistics of CloudWatch', () => {
    const values = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(
      ['Sum', 'SampleCount', 'Average', 'Minimum', 'Maximum', 'p50', 'p99', 'p99.9', 'Mode'].map((name) =>
        statistic(name, values),
      ),
    ).toEqual([5050, 100, 50.5, 1, 100, 50, 99, 100, undefined]);
    expect(statistic('Sum', [])).toBeUndefined();
  });

  it('are told to Prometheus as counters and summaries, labels escaped', () => {
    const all = metrics();
    all.observe(line({ Requests: 2 }, { service: 'a"b\\c', endpoint: 'x', slot: 'y' }));
    all.observe(line({ Requests: 3 }, { service: 'a"b\\c', endpoint: 'x', slot: 'y' }));
    all.observe(line({ Latency: 4 }));
    expect(prometheusText(all.all())).toBe(
      [
        '# TYPE millrace_latency_milliseconds summary',
        ...['0.5', '0.9', '0.99'].map(
          (q) =>
            `millrace_latency_milliseconds{service="millrace",endpoint="churn",slot="candidate",quantile="${q}"} 4`,
        ),
        'millrace_latency_milliseconds_sum{service="millrace",endpoint="churn",slot="candidate"} 4',
        'millrace_latency_milliseconds_count{service="millrace",endpoint="churn",slot="candidate"} 1',
        '# TYPE millrace_requests_total counter',
        'millrace_requests_total{service="a\\"b\\\\c",endpoint="x",slot="y"} 5',
        '',
      ].join('\n'),
    );
  });

  it('of functions and executions are counted as AWS counts them', () => {
    const all = metrics();
    functionEnded(all, 'f', 12, true);
    executionEnded(all, {
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: { status: 'FAILED', stateMachineArn: 'm', startDate: 1000, stopDate: 1500 },
    });
    expect(all.all().map(({ namespace, name, sum }) => `${namespace} ${name} ${sum}`)).toEqual([
      'AWS/Lambda Invocations 1',
      'AWS/Lambda Errors 1',
      'AWS/Lambda Duration 12',
      'AWS/States ExecutionsFailed 1',
      'AWS/States ExecutionTime 500',
    ]);
  });
});

describe('metric math', () => {
  it.each([
    ['failed + timedOut', { failed: 2 }, 2],
    ['IF(requests >= 20, 100 * errors / requests, 0)', { requests: 40, errors: 2 }, 5],
    ['IF(requests >= 20, 100 * errors / requests, 0)', { requests: 10, errors: 9 }, 0],
    ['errors / requests', { errors: 1 }, undefined],
    ['a + b', {}, undefined],
  ])('%s', async (expression, known, value) => {
    expect(await metricMath(expression, known)).toBe(value);
  });
});

describe('alarms', () => {
  let directory: string;
  let root: RootDatabase;
  const events: BusEvent[] = [];
  const messages: string[] = [];
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'millrace-alarms-'));
    root = open({ path: directory, noSync: true });
  });
  afterAll(async () => {
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const errors: AlarmProperties = {
    AlarmName: 'errors',
    Metrics: [
      { Id: 'rate', Expression: 'IF(requests >= 20, 100 * errors / requests, 0)' },
      ...(['Requests', 'ServerErrors'] as const).map((MetricName) => ({
        Id: MetricName === 'Requests' ? 'requests' : 'errors',
        ReturnData: false,
        MetricStat: {
          Metric: {
            Namespace: 'millrace',
            MetricName,
            Dimensions: Object.entries(churn('').dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: 60,
          Stat: 'Sum',
        },
      })),
    ],
    Threshold: 2,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
    AlarmActions: ['topic'],
  };

  it('ring when the threshold is crossed, once, and go out when the time is over', async () => {
    const all = metrics();
    const alarms = new Alarms({
      root,
      metrics: all,
      now: () => now,
      emit: (event) => void events.push(event),
      publish: async (topic, subject) => void messages.push(`${topic}: ${subject}`),
    });
    alarms.put(errors);
    for (let i = 0; i < 100; i++) all.observe(line({ Requests: 1, ServerErrors: i % 50 === 0 ? 1 : 0 }));
    await alarms.evaluate();
    expect(alarms.list()).toMatchObject([{ state: 'OK' }]);
    for (let i = 0; i < 5; i++) all.observe(line({ Requests: 1, ServerErrors: 1 }));
    await alarms.evaluate();
    await alarms.evaluate();
    expect(messages).toEqual(['topic: ALARM: "errors"']);
    expect(events).toMatchObject([
      {
        source: 'aws.cloudwatch',
        'detail-type': 'CloudWatch Alarm State Change',
        detail: { alarmName: 'errors', state: { value: 'ALARM' }, previousState: { value: 'OK' } },
      },
    ]);
    now += 2 * MINUTE;
    await alarms.evaluate();
    expect(alarms.list()).toMatchObject([{ state: 'OK' }]);
    expect(events).toHaveLength(2);
  });

  it('need as many periods as they say', async () => {
    const all = metrics();
    const alarms = new Alarms({
      root,
      metrics: all,
      now: () => now,
      emit: () => {},
      publish: async () => {},
    });
    alarms.retain(new Set());
    alarms.put({
      AlarmName: 'slow',
      Namespace: 'millrace',
      MetricName: 'Latency',
      Dimensions: Object.entries(churn('').dimensions).map(([Name, Value]) => ({ Name, Value })),
      ExtendedStatistic: 'p99',
      Period: 60,
      Threshold: 100,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 3,
    });
    const states = [];
    for (let minute = 0; minute < 3; minute++) {
      now += MINUTE;
      all.observe(line({ Latency: 500 }));
      await alarms.evaluate();
      states.push(alarms.list()[0]?.state);
    }
    expect(states).toEqual(['OK', 'OK', 'ALARM']);
  });
});
