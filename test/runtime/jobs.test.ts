/** What is done around a job, against services that speak the protocols of ECS, Batch, SageMaker and EKS. */
import '../support/quiet-telemetry';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import type { ComputeService } from '../../lib/model/compute';
import type { JobEnd, JobEvent, JobPlace, JobPlan } from '../../lib/model/job';
import type { JsonObject } from '../../lib/model/json';
import { orchestrationTable } from '../../lib/aws/tables';
import { taskKey } from '../../lib/orchestration/keys';
import { readTaskRecord } from '../../lib/orchestration/task-record';
import { handleJob } from '../../lib/runtime/jobs/job-handler';
import { jobServiceOf } from '../../lib/runtime/jobs/job-services';
import { startTestCloud, type TestCloud } from '../support/local-cloud';
import { processGone } from '../support/process-gone';
import { lambdaContext, taskEvent } from '../support/task-event';

const TABLE = 'millrace-test-orchestration';
const BUCKET = 'millrace-test-data';
const WAITING =
  'echo begun; echo $$ > "$MARKS/pid"; until test -e "$MARKS/go"; do sleep 0.05; done; exit "$(cat "$MARKS/go")"';
const NAME = '{% $states.input.name %}';
const VARIABLES: Readonly<Record<string, string>> = {
  MILLRACE_TASK: 'train',
  MARKS: '{% $states.input.marks %}',
};
const pairs = (name: string, value: string) =>
  Object.entries(VARIABLES).map(([key, text]) => ({ [name]: key, [value]: text }));

interface Kind {
  readonly place: JobPlace;
  readonly resource: string;
  readonly arguments: JsonObject;
}

const KINDS: Readonly<Record<ComputeService, Kind>> = {
  fargate: {
    place: { service: 'fargate', where: 'jobs', family: 'work', logGroup: '/work' },
    resource: 'ecs:runTask.sync',
    arguments: {
      Cluster: 'jobs',
      TaskDefinition: '${Task}',
      Group: NAME,
      Overrides: { ContainerOverrides: [{ Name: 'main', Environment: pairs('Name', 'Value') }] },
    },
  },
  batch: {
    place: { service: 'batch', where: 'queue', logGroup: '/work' },
    resource: 'batch:submitJob.sync',
    arguments: {
      JobName: NAME,
      JobQueue: 'queue',
      JobDefinition: '${Job}',
      ContainerOverrides: { Environment: pairs('Name', 'Value') },
    },
  },
  sagemaker: {
    place: { service: 'sagemaker', where: 'sagemaker', logGroup: '/aws/sagemaker/TrainingJobs' },
    resource: 'sagemaker:createTrainingJob.sync',
    arguments: {
      TrainingJobName: NAME,
      AlgorithmSpecification: { TrainingImage: 'work:1' },
      Environment: VARIABLES,
      RoleArn: 'role',
    },
  },
  kubernetes: {
    place: { service: 'kubernetes', where: 'cluster', namespace: 'ml', logGroup: '/jobs' },
    resource: 'eks:runJob.sync',
    arguments: {
      ClusterName: 'cluster',
      Endpoint: 'https://cluster.example.com',
      CertificateAuthority: '',
      Namespace: 'ml',
      Job: {
        metadata: { name: NAME },
        spec: { template: { spec: { containers: [{ image: 'work:1', env: pairs('name', 'value') }] } } },
      },
    },
  },
};

const log = { LogConfiguration: { Options: { 'awslogs-group': '/work' } } };
const machine = (service: ComputeService) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Metadata: { 'millrace:containers': { train: { command: 'bash', args: ['-c', WAITING] } } },
  Properties: {
    StateMachineName: service,
    RoleArn: 'arn:aws:iam::000000000000:role/x',
    DefinitionSubstitutions: { Task: { Ref: 'Task' }, Job: { Ref: 'Job' } },
    DefinitionString: JSON.stringify({
      QueryLanguage: 'JSONata',
      StartAt: 'run',
      States: {
        run: {
          Type: 'Task',
          Resource: `arn:aws:states:::${KINDS[service].resource}`,
          Arguments: KINDS[service].arguments,
          End: true,
        },
      },
    }),
  },
});
const TEMPLATE = {
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      },
    },
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: BUCKET } },
    Task: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: { Family: 'work', ContainerDefinitions: [{ Image: 'work:1', ...log }] },
    },
    Job: {
      Type: 'AWS::Batch::JobDefinition',
      Properties: { JobDefinitionName: 'work', ContainerProperties: { Image: 'work:1', ...log } },
    },
    Fargate: machine('fargate'),
    Batch: machine('batch'),
    Sagemaker: machine('sagemaker'),
    Kubernetes: machine('kubernetes'),
  },
};

describe.each(Object.entries(KINDS))('a job on %s', (service, { place }) => {
  let cloud: TestCloud;
  let marks: string;
  let run = 0;
  const before = { ...process.env };
  beforeAll(async () => {
    cloud = await startTestCloud(TEMPLATE);
    Object.assign(process.env, cloud.environment, {
      MILLRACE_CONTAINER_ENGINE: 'none',
      MILLRACE_STAGE: 'test',
      MILLRACE_BUCKET: BUCKET,
      MILLRACE_TRACKING_TABLE: 'millrace-test-tracking',
      MILLRACE_ORCHESTRATION_TABLE: TABLE,
    });
  });
  afterAll(async () => {
    await cloud.remove();
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
  });
  beforeEach(() => {
    marks = mkdtempSync(join(tmpdir(), 'millrace-job-'));
    run++;
  });
  afterEach(() => rmSync(marks, { recursive: true, force: true }));

  const about = (execution = 'arn:aws:states:us-east-1:000000000000:execution:m:x') => ({
    event: taskEvent({ task: 'train', runId: `run-${run}`, execution, input: { rows: 3 } }),
    place,
    timeoutSeconds: 600,
    memoryMb: 2048,
    outputSchema: { type: 'object', properties: { auc: { type: 'number' } }, required: ['auc'] },
  });
  const call = async (job: JobEvent) => handleJob(job, lambdaContext());
  const prepare = async (execution?: string) =>
    (await call({ ...about(execution), action: 'prepare' })) as JobPlan;
  const watch = async (plan: JobPlan, end: JobEnd = { status: 'unknown' }) =>
    (await call({ ...about(), action: 'watch', plan, end })) as JobEnd;
  const collect = async (plan: JobPlan, end: JobEnd) => call({ ...about(), action: 'collect', plan, end });
  const record = async () => readTaskRecord(`run-${run}`, 'train');
  /** Has a machine start the job and wait for it. */
  const begin = async ({ name }: JobPlan): Promise<string | undefined> => {
    const states = new SFNClient(cloud.client);
    const { executionArn } = await states.send(
      new StartExecutionCommand({
        stateMachineArn: `arn:aws:states:us-east-1:000000000000:stateMachine:${service}`,
        input: JSON.stringify({ name, marks }),
      }),
    );
    states.destroy();
    await until(async () => existsSync(join(marks, 'pid')));
    return executionArn;
  };
  const release = (code: number): void => writeFileSync(join(marks, 'go'), String(code));
  const endOf = async (plan: JobPlan, end?: JobEnd): Promise<JobEnd> => {
    let found: JobEnd | undefined;
    await until(async () => {
      found = await watch(plan, end).catch((error: Error) => {
        if (error.name !== 'Millrace.NotReady') throw error;
        return undefined;
      });
      return found !== undefined;
    });
    return found ?? { status: 'unknown' };
  };

  it('that still runs is waited for by a retry and by a rerun; its output is checked and recorded', async () => {
    const plan = await prepare();
    expect(plan).toMatchObject({ how: 'start', attempt: 1, input: '{"rows":3}' });
    expect(plan.name).toMatch(/^millrace-train-[0-9a-f]{16}-1$/);
    await begin(plan);

    const retry = await prepare();
    expect(retry).toMatchObject({ how: 'watch', name: plan.name, attempt: 2 });
    await expect(watch(retry)).rejects.toThrow(`The job ${plan.name} still runs.`);
    expect(await prepare('arn:other')).toMatchObject({ how: 'watch', name: plan.name, attempt: 1 });
    await prepare();

    release(0);
    const end = await endOf(retry);
    expect(end).toMatchObject({ status: 'succeeded' });
    const objects = new ObjectStore(s3Client(), BUCKET);
    await objects.putBytes(retry.outputUri.slice(`s3://${BUCKET}/`.length), '{"auc": 0.9}');
    expect(await collect(retry, end)).toEqual({ status: 'success', out: { auc: 0.9 } });
    expect(await record()).toMatchObject({ status: 'success', job: { service, name: plan.name, number: 1 } });
    expect(await prepare()).toMatchObject({ how: 'done', result: { status: 'success', memo: true } });
    // After it was cleared, the service still knows the job of the first name.
    await orchestrationTable().delete(taskKey(`run-${run}`, 'train'));
    expect(await prepare()).toMatchObject({ how: 'start', name: plan.name.replace(/1$/, '2'), attempt: 1 });
  });

  it('that failed gives way to one of the next number', async () => {
    const plan = await prepare();
    await begin(plan);
    release(3);
    const end = await endOf(plan, { status: 'unknown', error: 'States.TaskFailed' });
    expect(end).toMatchObject({ status: 'failed', exitCode: 3 });
    await expect(collect(plan, end)).rejects.toMatchObject({
      name: 'Millrace.JobFailed',
      message: expect.stringContaining(`on ${service} failed with the exit code 3`) as string,
    });
    expect(await record()).toMatchObject({ status: 'failed', error: { name: 'Millrace.JobFailed' } });
    expect(await prepare()).toMatchObject({ how: 'start', name: plan.name.replace(/1$/, '2'), attempt: 2 });
  });

  it('that never began, as the service refused it, is started under the same name', async () => {
    const plan = await prepare();
    const refused: JobEnd = { status: 'unknown', error: 'ECS.ThrottlingException' };
    expect(await watch(plan, refused)).toMatchObject(refused);
    expect(await prepare()).toMatchObject({ how: 'start', name: plan.name, attempt: 1 });
    await expect(collect(plan, refused)).rejects.toThrow('did not run (ECS.ThrottlingException)');
  });

  it('is not begun when an earlier run had the same image and input, and its result is young enough', async () => {
    const cached = (rows: number, image: string) => {
      const environment = { 'container.image': `${service}-${image}` };
      const base = about();
      return { ...base, event: { ...base.event, input: { rows }, cache: { seconds: 60, environment } } };
    };
    const plans = async (rows: number, image: string) =>
      (await call({ ...cached(rows, image), action: 'prepare' })) as JobPlan;
    const plan = await plans(3, 'fit:1');
    expect(plan.how).toBe('start');
    const objects = new ObjectStore(s3Client(), BUCKET);
    await objects.putBytes(plan.outputUri.slice(`s3://${BUCKET}/`.length), '{"auc": 0.8}');
    await call({ ...cached(3, 'fit:1'), action: 'collect', plan, end: { status: 'succeeded' } });
    const first = `run-${run}`;
    run++;
    expect(await plans(3, 'fit:1')).toMatchObject({
      how: 'done',
      result: { status: 'success', out: { auc: 0.8 }, cached: true },
    });
    const kept = await record();
    expect(kept).toMatchObject({ status: 'success', cached: { run: first, task: 'train' } });
    expect(kept).not.toHaveProperty('job');
    for (const [rows, image] of [
      [4, 'fit:1'],
      [3, 'fit:2'],
    ] as const) {
      run++;
      expect((await plans(rows, image)).how).toBe('start');
    }
  });

  it('is stopped when its time is up', async () => {
    const plan = await prepare();
    await begin(plan);
    const pid = Number(readFileSync(join(marks, 'pid'), 'utf8'));
    const end = await watch(plan, { status: 'unknown', error: 'States.Timeout' });
    await until(
      async () => (await (await jobServiceOf(place)).describe(place, plan.name)).status !== 'running',
    );
    expect(await processGone(pid)).toBe(true);
    await expect(collect(plan, end)).rejects.toMatchObject({
      name: 'Millrace.TaskTimedOut',
      message: expect.stringContaining('was stopped, as it was not done after 600 s') as string,
    });
  });

  it('is stopped with the execution that waits for it', async () => {
    const plan = await prepare();
    const executionArn = await begin(plan);
    const pid = Number(readFileSync(join(marks, 'pid'), 'utf8'));
    const states = new SFNClient(cloud.client);
    await states.send(new StopExecutionCommand({ executionArn }));
    states.destroy();
    expect(await endOf(plan)).toMatchObject({ status: 'failed' });
    expect(await processGone(pid)).toBe(true);
  });

  it('goes on in the next local cloud', async () => {
    const plan = await prepare();
    const executionArn = await begin(plan);
    const pid = Number(readFileSync(join(marks, 'pid'), 'utf8'));
    await cloud.restart();
    Object.assign(process.env, cloud.environment);
    expect(await processGone(pid)).toBe(true);
    release(0);
    const states = new SFNClient(cloud.client);
    const status = async () => (await states.send(new DescribeExecutionCommand({ executionArn }))).status;
    await until(async () => (await status()) !== 'RUNNING');
    expect(await status()).toBe('SUCCEEDED');
    states.destroy();
  });

  it('that wrote no JSON, or what its output forbids, fails for good', async () => {
    const objects = new ObjectStore(s3Client(), BUCKET);
    const plan = await prepare();
    const key = plan.outputUri.slice(`s3://${BUCKET}/`.length);
    await objects.putBytes(key, 'auc: 1');
    await expect(collect(plan, { status: 'succeeded' })).rejects.toMatchObject({
      name: 'Millrace.InvalidOutput',
    });
    await objects.putBytes(key, '{"auc": "high"}');
    await expect(collect(plan, { status: 'succeeded' })).rejects.toThrow('auc: expected number, got "high"');
  });
});

async function until(done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await done())) {
    if (Date.now() > end) throw new Error('It did not come to pass.');
    await pause(20);
  }
}
