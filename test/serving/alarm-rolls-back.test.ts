/**
 * A version that fails one request in twenty, because a table that it alone asks throttles some of its keys. The shipped alarm
 * looks at the metrics that the shipped handler emits; nobody calls roll back.
 */
import '../support/metrics-on-console';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { open, type RootDatabase } from 'lmdb';
import { handler as onEvent } from '../../lambdas/endpoint-events/handler';
import { handler as serve } from '../../lambdas/serve-model/handler';
import { s3Client } from '../../lib/aws/clients/s3';
import { DynamoTable } from '../../lib/aws/dynamo-table';
import { ObjectStore } from '../../lib/aws/object-store';
import { EndpointAlarms } from '../../lib/cloud/endpoint-alarms';
import { Alarms, type AlarmProperties } from '../../lib/local/cloudwatch/alarms';
import { Metrics } from '../../lib/local/cloudwatch/metrics';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { mlflowFolder } from '../../lib/ml/mlflow-folder';
import { exportOnnx } from '../../lib/ml/onnx/export';
import { fitPreprocessor, transform } from '../../lib/ml/preprocessor';
import type { RawColumn } from '../../lib/ml/raw-column';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges } from '../../lib/serving/endpoint';
import { declareGroup, putLatest } from '../../lib/serving/feature-groups';
import { createVersion } from '../../lib/tracking/model-versions';
import { startLocalAws, type LocalAws } from '../support/local-aws';
import { lambdaContext } from '../support/task-event';

const CUSTOMERS = 300;
const CLASSES = ['no', 'yes'];
const by = { by: 'test', reason: 'test' };
const directory = mkdtempSync(join(tmpdir(), 'millrace-alarm-'));
let aws: LocalAws;
let root: RootDatabase;
let alarms: Alarms;
const states: string[] = [];
let skew = 0;
const now = () => Date.now() + skew;
const metrics = new Metrics(now, () => {});
const delivered: Promise<unknown>[] = [];

beforeAll(async () => {
  aws = await startLocalAws();
  root = open({ path: directory, maxDbs: 4, encoding: 'json', noSync: true });
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => metrics.observe(String(line)));
  alarms = new Alarms({
    root,
    metrics,
    now,
    publish: async (_topic, subject) => void states.push(subject),
    // The rule of the core stack: alarms of endpoints that ring go to the function.
    emit: (event) => {
      const { state } = event.detail as { state: { value: string } };
      states.push(state.value);
      if (state.value === 'ALARM')
        delivered.push(onEvent({ ...event, id: `event-${states.length}` } as never));
    },
  });
  for (const properties of shippedAlarms()) alarms.put(properties);
  for (const group of ['basic', 'score']) {
    const columns = [
      { name: 'customer', type: 'integer' as const },
      { name: 'at', type: 'timestamp' as const },
      { name: 'value', type: 'number' as const },
    ];
    await declareGroup({ name: group, entity: ['customer'], eventTime: 'at' } as never, columns);
    const value = { eventTime: '2026-01-01T00:00:00.000Z' };
    await ofAll((customer) =>
      putLatest(group, [String(customer)], { ...value, values: { value: customer % 7 } }),
    );
    await register(group);
  }
}, 180_000);
afterAll(async () => {
  jest.restoreAllMocks();
  await root.close();
  rmSync(directory, { recursive: true, force: true });
  await aws.stop();
});

/** Customers one after the other, some at a time. */
async function ofAll<T>(work: (customer: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (let start = 0; start < CUSTOMERS; start += 20)
    done.push(...(await Promise.all(Array.from({ length: 20 }, (_, i) => work(start + i)))));
  return done;
}

/** As the stack of a pipeline that deploys to the endpoint has them. */
function shippedAlarms(): AlarmProperties[] {
  const stack = new Stack(new App(), 'stack');
  const names = { stage: 'test', prefix: 'millrace-test' };
  new EndpointAlarms(stack, 'Alarms', {
    names: names as never,
    topic: new Topic(stack, 'Topic'),
    endpoint: 'watched',
  });
  return Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => ({ ...Properties, AlarmActions: ['topic'] }) as AlarmProperties,
  );
}

/** A version that asks one group. */
async function register(group: string): Promise<void> {
  const values = Array.from({ length: 200 }, (_, row) => row % 7);
  const columns: RawColumn[] = [
    { name: 'amount', kind: 'number', integer: false, values: values.map((value) => value / 2) },
    { name: `${group}__value`, kind: 'number', integer: false, values },
  ];
  const rows = values.map((_, row) => row);
  const preprocessor = fitPreprocessor(columns, rows);
  const y = Int32Array.from(values, (value) => (value > 3 ? 1 : 0));
  const model = fitLogisticRegression(transform(preprocessor, columns, rows), y, 2);
  const onnx = exportOnnx(preprocessor, model, CLASSES, { pipeline: 'test', run: 'test' });
  const objects = new ObjectStore(s3Client(), 'millrace-test-data');
  for (const file of mlflowFolder({
    onnx,
    preprocessor,
    classes: CLASSES,
    runId: group,
    example: columns.map((column) => ({ ...column, values: column.values.slice(0, 5) }) as RawColumn),
    createdAt: '2026-01-01T00:00:00.000Z',
  }))
    await objects.putBytes(`artifacts/1/${group}/model/${file.path}`, file.body);
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  await createVersion({
    name: 'watched',
    source: objects.uri(`artifacts/1/${group}/model/`),
    runId: '',
    tags: { sha256, algorithm: 'logistic-regression' },
    by: 'test',
    idempotencyKey: group,
  });
}

async function ask(customer: number, round: string): Promise<{ status: number; version: string }> {
  const path = '/endpoints/watched/predict';
  const event = {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { 'content-type': 'application/json', 'x-request-id': `${round}-${customer}` },
    requestContext: { http: { method: 'POST', path }, stage: '$default', requestId: `${round}-${customer}` },
    body: JSON.stringify({ record: { amount: 1.5, customer } }),
    isBase64Encoded: false,
  };
  const { statusCode = 0, headers = {} } = await serve(event as never, lambdaContext());
  return { status: statusCode, version: String(headers['x-millrace-model-version']) };
}
const askAll = (round: string) => ofAll((customer) => ask(customer, round));
const failedOf = (answers: readonly { status: number; version: string }[], version: string) =>
  answers.filter((answer) => answer.version === version && answer.status === 500).length;

describe('the alarm of the new version', () => {
  const deploy = async (version: string) =>
    deployVersion({
      ...by,
      endpoint: 'watched',
      model: 'watched',
      version,
      strategy: version === '1' ? { kind: 'all-at-once' } : { kind: 'canary', percent: 50, seconds: 3600 },
    });

  it('is silent while nothing fails', async () => {
    await deploy('1');
    expect(new Set((await askAll('calm')).map(({ status }) => status))).toEqual(new Set([200]));
    await alarms.evaluate();
    expect(states).toEqual([]);
    // It has something to look at.
    expect(metrics.all().map(({ name }) => name)).toContain('ServerErrors');
  }, 60_000);

  it('rolls a version back that fails one request in twenty, and goes out again', async () => {
    await deploy('2');
    // What an endpoint remembers is a second old at most.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const method = 'get' as const;
    const get = DynamoTable.prototype[method] as (this: DynamoTable, key: object) => Promise<never>;
    jest.spyOn(DynamoTable.prototype, method).mockImplementation(async function (this: DynamoTable, key) {
      const [, customer] = /score\D*?(\d+)/.exec(JSON.stringify(key)) ?? [];
      // A partition is hot: one key in twenty lies there.
      if (customer !== undefined && Number(customer) % 20 === 3)
        throw Object.assign(new Error('The level of configured throughput was exceeded.'), {
          name: 'ProvisionedThroughputExceededException',
        });
      return get.call(this, key);
    });
    const answers = await askAll('hot');
    const toNew = answers.filter(({ version }) => version === '2').length;
    const failed = failedOf(answers, '2');
    expect(failedOf(answers, '1')).toBe(0);
    expect(toNew).toBeGreaterThan(100);
    expect(failed / toNew).toBeGreaterThan(0.02);
    expect(failed / toNew).toBeLessThan(0.1);
    await alarms.evaluate();
    await Promise.all(delivered);
    expect(states).toEqual(['ALARM', 'ALARM: "millrace-test-endpoint-watched-candidate-errors"']);
    const [last] = await listChanges('watched');
    expect(last).toMatchObject({
      action: 'rollback',
      from: '2',
      to: '1',
      by: 'alarm millrace-test-endpoint-watched-candidate-errors',
    });
    expect((await getEndpoint('watched')).candidate).toBeUndefined();

    // Nothing is lost afterwards: the version before does not ask the table that throttles.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const after = await askAll('after');
    expect(after.filter(({ status, version }) => status !== 200 || version !== '1')).toEqual([]);
    skew = 61_000;
    await alarms.evaluate();
    expect(states.at(-1)).toBe('OK');
    // It flaps: the version is gone, and nothing more is changed.
    const changes = (await listChanges('watched')).length;
    await onEvent({
      id: 'flap',
      'detail-type': 'CloudWatch Alarm State Change',
      detail: { alarmName: 'millrace-test-endpoint-watched-candidate-errors', state: { value: 'ALARM' } },
    } as never);
    expect(await listChanges('watched')).toHaveLength(changes);
  }, 180_000);
});
