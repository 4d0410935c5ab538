/**
 * Every alarm of every template rings because of a real fault, and goes out when that is over, on the virtual clock. No metric is
 * made up: what is broken is the world around the pipelines (data that is not there, a store that refuses, a quota).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { VirtualClock } from '../../lib/local/clock';
import { listRuns } from '../../lib/orchestration/list-runs';
import { deployVersion } from '../../lib/serving/change-endpoint';
import { getEndpoint, listChanges } from '../../lib/serving/endpoint';
import { ROOT } from '../support/millrace';
import { startPipelinesCloud, type PipelinesCloud } from '../support/pipelines-cloud';
import { creditRows, registerCreditModel } from '../support/registered-model';
import { s3Fault } from '../support/s3-fault';
import { seenByAlarmsOnly } from '../support/seen-by-alarms-only';

const MINUTE = 60_000;
const START = Date.parse('2026-03-02T00:00:00Z');
/** Of the account: fewer than the 1,000 of AWS, so that a test reaches it. */
const CONCURRENCY = 40;
const clock = new VirtualClock(START);
let at: PipelinesCloud;

beforeAll(async () => {
  at = await startPipelinesCloud({ clock, concurrency: CONCURRENCY });
}, 180_000);
afterAll(async () => at.stop());

/** Lets minutes go by, each appointment after everything has come to rest. */
async function live(minutes: number): Promise<void> {
  const until = clock.now() + minutes * MINUTE;
  clock.at(until, () => {});
  await at.cloud.idle();
  while (clock.advance(until)) await at.cloud.idle();
}

interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: { readonly AlarmName?: string } }>
  >;
}

/** Names of all alarms, by template. */
function alarmsOf(): string[] {
  const files = readdirSync(at.assembly).filter((file) => file.endsWith('.template.json'));
  return files.flatMap((file) => {
    const { Resources } = JSON.parse(readFileSync(join(at.assembly, file), 'utf8')) as Template;
    return Object.values(Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::CloudWatch::Alarm'
        ? [Properties?.AlarmName ?? `an alarm without a name in ${file}`]
        : [],
    );
  });
}

const ringing = () =>
  at.cloud
    .alarms()
    .flatMap(({ name, state }) => (state === 'ALARM' ? [name] : []))
    .sort();
const rang = new Set<string>();
/** Those that ring now; people were told of each. */
function ringingAndTold(): string[] {
  const names = ringing();
  for (const name of names) {
    expect(at.subjects()).toContain(`ALARM: "${name}"`);
    rang.add(name);
  }
  return names;
}

const pipelines = () =>
  readdirSync(at.assembly)
    .flatMap((file) => /^millrace-dev-(.+)\.template\.json$/.exec(file)?.[1] ?? [])
    .filter((id) => id !== 'core' && id !== 'compute')
    .sort();

const sqs = async (operation: string): Promise<Record<string, unknown>> => {
  const answer = await fetch(at.cloud.url, {
    method: 'POST',
    headers: { 'x-amz-target': `AmazonSQS.${operation}`, 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ QueueUrl: 'millrace-dev-dead-letters' }),
  });
  return (await answer.json()) as Record<string, unknown>;
};

it('is quiet while nothing is wrong', async () => {
  await live(10);
  expect(alarmsOf().length).toBeGreaterThan(15);
  expect(
    at.cloud
      .alarms()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(alarmsOf().sort());
  expect(ringing()).toEqual([]);
});

/** Another machine takes the only slot of the pool `gpu`, for a month. */
async function takeGpu(): Promise<void> {
  const states = new SFNClient({});
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'Take',
    States: {
      Take: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: {
          FunctionName: 'millrace-dev-launcher',
          Payload: {
            action: 'pool-acquire',
            pool: 'gpu',
            size: 1,
            slots: 1,
            task: 'render',
            execution: '{% $states.context.Execution.Id %}',
            token: '{% $states.context.Task.Token %}',
          },
        },
        Next: 'Keep',
      },
      Keep: { Type: 'Wait', Seconds: 30 * 86_400, End: true },
    },
  };
  const { stateMachineArn } = await states.send(
    new CreateStateMachineCommand({
      name: 'another-team',
      roleArn: 'arn:aws:iam::000000000000:role/another-team',
      definition: JSON.stringify(definition),
    }),
  );
  await states.send(new StartExecutionCommand({ stateMachineArn, name: 'month' }));
  states.destroy();
  await at.cloud.idle();
}

it('rings for each pipeline whose run fails, here because nobody has brought any data or gives the GPU back', async () => {
  await takeGpu();
  const waiting = await at.launch('data-ingestion');
  await live(2);
  await at.ask({ action: 'cancel', runId: waiting, by: 'test' });
  await at.upload('flowers.csv', readFileSync(join(ROOT, 'data', 'iris.csv'), 'utf8'));
  for (const pipeline of pipelines())
    await at.launch(pipeline, pipeline === 'deep-training' ? { source: 'raw/flowers.csv' } : {});
  await live(4);
  // Nothing is served yet, so that there is nothing to look at, either.
  const failing = pipelines().filter((id) => id !== 'model-monitoring');
  // Those that try again, or wait for what does not come, fail later.
  const failed = new Set(ringingAndTold());
  for (let days = 0; days < 9 && failed.size < failing.length; days++) {
    await live(24 * 60);
    for (const name of at.subjects().flatMap((subject) => /^ALARM: "(.+)"$/.exec(subject)?.[1] ?? []))
      failed.add(name);
  }
  for (const name of failed) rang.add(name);
  expect([...failed].sort()).toEqual(failing.map((id) => `millrace-dev-${id}-failed`));
  // Whoever was cancelled has not failed: that run rang nothing.
  const others: Readonly<Record<string, readonly string[]>> = {
    'data-ingestion': ['failed', 'aborted'],
    'deep-training': ['timed_out'],
    'model-monitoring': ['success'],
  };
  for (const id of pipelines())
    expect([id, (await listRuns(id, 5)).map(({ status }) => status)]).toEqual([id, others[id] ?? ['failed']]);
  await live(10);
  expect(ringing()).toEqual([]);
}, 180_000);

it('rings for a core function that fails and for its dead letter, here because S3 throttles the archive', async () => {
  const archive = async () => {
    const lambda = new LambdaClient({});
    await lambda.send(
      new InvokeCommand({ FunctionName: 'millrace-dev-log-archive', InvocationType: 'Event', Payload: '{}' }),
    );
    lambda.destroy();
    await live(1);
  };
  const fault = s3Fault('logs/2026-03-02/churn/', 'throttled');
  await archive();
  fault.mend();
  expect(fault.hit()).toBeGreaterThan(0);
  expect(ringingAndTold()).toEqual(['millrace-dev-dead-letters', 'millrace-dev-function-errors']);
  // The logs of the other pipelines are there.
  expect(await at.objects.list('logs/')).toHaveLength(pipelines().length);
  // S3 answers again: the next round does what that one did not. The letter stays until somebody has read it.
  await live(60);
  await archive();
  await live(10);
  expect(await at.objects.list('logs/')).toHaveLength(pipelines().length + 1);
  expect(ringing()).toEqual(['millrace-dev-dead-letters']);
  const { Messages } = await sqs('ReceiveMessage');
  expect(Messages).toMatchObject([
    { Body: '{}', MessageAttributes: { ErrorMessage: { StringValue: expect.stringContaining('SlowDown') } } },
  ]);
  await sqs('PurgeQueue');
  await live(10);
  expect(ringing()).toEqual([]);
}, 180_000);

describe('an endpoint', () => {
  const canary = { kind: 'canary', percent: 50, seconds: 3600 } as const;
  const [row] = creditRows();
  const deploy = async (version: string, strategy: typeof canary | { readonly kind: 'all-at-once' }) => {
    const by = { by: 'test', reason: 'test' };
    await deployVersion({ ...by, endpoint: 'churn', model: 'credit', version, strategy, now: clock.now() });
    // What functions know of an endpoint is a second old at most.
    await live(0.05);
  };
  const ask = (count: number, id: string) =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        fetch(`${at.endpoints}/churn/predict`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-request-id': `${id}-${i}` },
          body: JSON.stringify({ records: [row?.fields] }),
        }).then(async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        }),
      ),
    );
  const rolledBack = async (version: string, alarm: string) => {
    expect((await getEndpoint('churn', clock.now())).candidate).toBeUndefined();
    const [last] = await listChanges('churn');
    expect(last).toMatchObject({ action: 'rollback', from: version, to: '1', by: `alarm ${alarm}` });
  };

  it('rings when a new version fails, here because its file was overwritten, which takes it back', async () => {
    await registerCreditModel('credit');
    const { version, folder } = await registerCreditModel('credit', { rows: 600 });
    await deploy('1', { kind: 'all-at-once' });
    expect(new Set(await ask(20, 'before'))).toEqual(new Set([200]));
    await at.objects.putBytes(`${folder}model.onnx`, 'gone');
    await deploy(version, canary);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push(...(await ask(30, `broken-${i}`)));
    expect(new Set(statuses)).toEqual(new Set([200, 500]));
    await live(0.2);
    expect(ringingAndTold()).toEqual(['millrace-dev-endpoint-churn-candidate-errors']);
    await rolledBack(version, 'millrace-dev-endpoint-churn-candidate-errors');
    expect(new Set(await ask(20, 'after'))).toEqual(new Set([200]));
    await live(5);
    expect(ringing()).toEqual([]);
  }, 60_000);

  it('rings when monitoring has nothing to compare with, here because the model came without its training rows', async () => {
    const runId = await at.launch('model-monitoring');
    await live(4);
    expect(ringingAndTold()).toEqual(['millrace-dev-model-monitoring-failed']);
    expect((await at.ended(runId)).errors['collect']).toContain('has no training rows');
    await live(10);
    expect(ringing()).toEqual([]);
  }, 60_000);

  it('rings when processes die that are to answer, which takes the new version back', async () => {
    const { version } = await registerCreditModel('credit', { rows: 400 });
    await deploy(version, canary);
    const answers = Promise.all([ask(30, 'dying'), ask(5, 'dead')]).then((both) => both.flat());
    let ended = 0;
    const killing = (async () => {
      for (const end = Date.now() + 20_000; ended < 4 && Date.now() < end; await pause(20))
        for (const pid of at.cloud.processesOf('millrace-dev-serve-model')) {
          process.kill(pid, 'SIGKILL');
          ended++;
          await pause(150);
        }
    })();
    const statuses = await answers;
    await killing;
    // Whose process died gets an error, the others get answers.
    expect(statuses.filter((status) => status !== 200 && status !== 500)).toEqual([]);
    expect(statuses.filter((status) => status === 500).length).toBeGreaterThan(1);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(15);
    await live(0.2);
    expect(ringingAndTold()).toEqual(['millrace-dev-endpoint-churn-candidate-crashes']);
    await rolledBack(version, 'millrace-dev-endpoint-churn-candidate-crashes');
    expect(new Set(await ask(20, 'alive'))).toEqual(new Set([200]));
    await live(5);
    expect(ringing()).toEqual([]);
  }, 60_000);

  it('rings when a new version is slow for three minutes, here because S3 is, which takes it back', async () => {
    const { version } = await registerCreditModel('credit', { rows: 500 });
    await deploy(version, canary);
    const fault = s3Fault('predictions-log/', 2_100);
    for (let minute = 0; minute < 3; minute++) {
      expect(ringing()).toEqual([]);
      expect(new Set(await ask(8, `slow-${minute}`))).toEqual(new Set([200]));
      await live(minute < 2 ? 1 : 0.1);
    }
    fault.mend();
    expect(ringingAndTold()).toEqual(['millrace-dev-endpoint-churn-candidate-latency']);
    await rolledBack(version, 'millrace-dev-endpoint-churn-candidate-latency');
    await live(5);
    expect(ringing()).toEqual([]);
  }, 60_000);

  it('rings when more is asked than the account may do at once', async () => {
    const statuses = await ask(4 * CONCURRENCY, 'rush');
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    await live(0.2);
    expect(ringingAndTold()).toEqual(['millrace-dev-throttles']);
    expect(new Set(await ask(20, 'calm'))).toEqual(new Set([200]));
    await live(10);
    expect(ringing()).toEqual([]);
  }, 60_000);
});

it('finds each alarm in the guide', () => {
  const guide = readFileSync(join(ROOT, 'docs', 'guides', 'operations.md'), 'utf8');
  const kinds = alarmsOf().map((name) =>
    name
      .replace(/^millrace-dev-/, '')
      .replace(/^endpoint-[a-z0-9-]+?-candidate/, 'endpoint-<endpoint>-candidate')
      .replace(/^(?!endpoint-).+-failed$/, '<pipeline>-failed'),
  );
  expect([...new Set(kinds)].filter((kind) => !guide.includes(`| \`${kind}\``))).toEqual([]);
});

it('has had every alarm of the templates ring, and every metric emitted that nothing else brings about', async () => {
  expect([...rang].sort()).toEqual(alarmsOf().sort());
  const fault = s3Fault('predictions-log/', 'throttled');
  const [row] = creditRows();
  const answer = await fetch(`${at.endpoints}/churn/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ records: [row?.fields] }),
  });
  fault.mend();
  expect(answer.status).toBe(200);
  const measured = at.cloud
    .measured()
    .filter(({ sum }) => sum > 0)
    .map(
      ({ namespace, name, dimensions }) => `${namespace} ${name} ${Object.keys(dimensions).sort().join(',')}`,
    );
  expect(seenByAlarmsOnly.filter((key) => !measured.includes(key))).toEqual([]);
});
