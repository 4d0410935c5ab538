import '../support/quiet-telemetry';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { s3Client } from '../../lib/aws/clients/s3';
import { sfnClient } from '../../lib/aws/clients/sfn';
import { ObjectStore } from '../../lib/aws/object-store';
import { compile } from '../../lib/compiler/compile';
import { awsCall, copyObject, listObjects } from '../../lib/dsl/aws-call';
import { map } from '../../lib/dsl/map';
import { pipeline } from '../../lib/dsl/pipeline';
import { text } from '../../lib/dsl/ref';
import { triggerPipeline } from '../../lib/dsl/trigger';
import { checkPipeline } from '../../lib/model/check';
import type { Json } from '../../lib/model/json';
import type { PipelineModel } from '../../lib/model/pipeline';
import { machineFaults } from '../cloud/support/validate-machine';
import { MACHINES, startLocalAws, type LocalAws } from '../support/local-aws';
import { playedMachine } from '../support/played-machine';

const triggering = (wait: boolean) =>
  pipeline({ id: 'parent', description: 'Triggers', defaults: { retries: 1, retryDelay: 1 } }, () => {
    const child = triggerPipeline('child', {
      pipeline: 'sales-daily',
      params: { day: 1 },
      wait,
      timeout: 600,
    });
    awsCall('after', {
      service: 's3',
      action: 'headObject',
      arguments: { Bucket: '${DataBucket}', Key: text`runs/${child.runId}` },
      permissions: [],
    });
  }).model;

const copying = pipeline({ id: 'copying', description: 'Copies' }, ({ run }) => {
  const listed = listObjects('list', { prefix: text`raw/${run.ds}/` });
  const copies = map('copy', listed.keys, (key) =>
    copyObject('one', { from: key, to: text`raw/done/${key}` }),
  );
  awsCall('head', {
    service: 's3',
    action: 'headObject',
    arguments: { Bucket: '${DataBucket}', Key: text`raw/done/${listed.objects[0]?.key ?? ''}` },
    permissions: [{ actions: ['s3:GetObject'], resources: ['{data-bucket}/raw/*'] }],
    output: z.object({ ContentLength: z.number() }),
  }).after(copies as never);
}).model;

const substituted = (definition: unknown) =>
  JSON.parse(
    JSON.stringify(definition).replace(
      /\$\{(\w+)\}/g,
      'arn:aws:states:us-east-1:000000000000:stateMachine:$1',
    ),
  ) as unknown;

describe('calls that the machine makes itself', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(async () => aws.stop());
  let count = 0;
  const run = async (model: PipelineModel, context: Json) => {
    const name = `parent-${++count}`;
    const machine = await aws.createMachine(
      name,
      playedMachine(compile(model), context, {
        DataBucket: 'millrace-test-data',
        MachineSalesDaily: `${MACHINES}sales-daily`,
      }),
    );
    const executionArn = await aws.startExecution(machine, name);
    for (;;) {
      const { status, output, cause } = await sfnClient().send(
        new DescribeExecutionCommand({ executionArn }),
      );
      if (status !== 'RUNNING')
        return { status, cause, tasks: (JSON.parse(output ?? '{}') as { tasks?: Json }).tasks };
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it.each([
    ['triggers and waits', triggering(true)],
    ['triggers', triggering(false)],
    ['copies', copying],
  ])('is a machine that asl-validator takes when it %s', (_, model) => {
    expect(machineFaults(substituted(compile(model).definition))).toBe('');
  });

  it('lists and copies objects, also for each item of a map', async () => {
    const objects = new ObjectStore(s3Client(), 'millrace-test-data');
    for (const name of ['a b+ü?.csv', 'b.csv']) await objects.putBytes(`raw/2026-01-01/${name}`, name);
    expect(await run(copying, { id: 'r', ds: '2026-01-01' })).toEqual({
      status: 'SUCCEEDED',
      tasks: { list: 'success', copy: 'success', head: 'success' },
    });
    expect((await objects.getBytes('raw/done/raw/2026-01-01/a b+ü?.csv')).toString()).toBe('a b+ü?.csv');
    expect(await run(copying, { id: 'r', ds: '2026-01-02' })).toMatchObject({
      tasks: { list: 'success', copy: 'success', head: 'failed' },
    });
  });

  it('starts a run of another pipeline, and a rerun means the same run', async () => {
    await aws.createMachine('sales-daily', {
      QueryLanguage: 'JSONata',
      StartAt: 'Work',
      States: {
        Work: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.params.day = 1 %}', Next: 'Good' }],
          Default: 'Bad',
        },
        Good: { Type: 'Succeed' },
        Bad: { Type: 'Fail', Error: 'Bad', Cause: 'Bad' },
      },
    });
    const context = { id: 'parent--1', logicalDate: '2026-01-01T00:00:00Z' };
    for (let i = 0; i < 2; i++)
      expect(await run(triggering(true), context)).toMatchObject({
        tasks: { child: 'success', after: 'failed' },
      });
    const { executions = [] } = await sfnClient().send(
      new ListExecutionsCommand({ stateMachineArn: `${MACHINES}sales-daily` }),
    );
    const inputs = await Promise.all(
      executions.map(async ({ executionArn }) => {
        const { input } = await sfnClient().send(new DescribeExecutionCommand({ executionArn }));
        return JSON.parse(input ?? '') as { runId: string };
      }),
    );
    expect(inputs).toHaveLength(2);
    expect(inputs[0]).toEqual({
      runId: expect.stringMatching(/^sales-daily--pipeline--[0-9a-f]{24}$/) as unknown,
      params: { day: 1 },
      trigger: 'pipeline',
      logicalDate: '2026-01-01T00:00:00Z',
    });
    expect(inputs[1]).toEqual(inputs[0]);
  });

  it('asks again when Step Functions takes no more starts, and only then by itself', () => {
    expect(compile(triggering(true)).definition.States['child']).toMatchObject({
      Retry: [
        {
          ErrorEquals: [
            'StepFunctions.ThrottlingException',
            'StepFunctions.ExecutionLimitExceededException',
            'StepFunctions.AWSStepFunctionsException',
          ],
          MaxAttempts: 5,
        },
        { MaxAttempts: 0 },
        { ErrorEquals: ['States.ALL'], MaxAttempts: 1 },
      ],
    });
  });

  it('fails when the run that it waits for fails', async () => {
    const failing = pipeline({ id: 'failing', description: 'Waits for a failure' }, () => {
      triggerPipeline('child', { pipeline: 'sales-daily', params: { day: 2 }, wait: true });
    }).model;
    expect(await run(failing, { id: 'failing--1', logicalDate: '2026-01-01T00:00:00Z' })).toMatchObject({
      tasks: { child: 'failed' },
    });
  });

  it('leaves the start to the launcher when it does not wait', () => {
    expect(compile(triggering(false)).definition.States['child']).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: {
        FunctionName: '${Launcher}',
        Payload: {
          pipeline: 'sales-daily',
          params: { day: 1 },
          trigger: 'pipeline',
          logicalDate: '{% $run.logicalDate %}',
          token: '{% $run.id & "/" & "child" %}',
        },
      },
      Assign: { child: { out: { runId: '{% $states.result.Payload.runId %}' } } },
    });
  });

  it('says what its role needs', () => {
    expect(compile(copying).integrations).toEqual([
      {
        kind: 'call',
        task: 'list',
        permissions: [{ actions: ['s3:ListBucket'], resources: ['{data-bucket}'] }],
      },
      {
        kind: 'call',
        task: 'copy/one',
        permissions: [
          { actions: ['s3:GetObject', 's3:GetObjectTagging'], resources: ['{data-bucket}/*'] },
          { actions: ['s3:PutObject', 's3:PutObjectTagging'], resources: ['{data-bucket}/raw/done/*'] },
        ],
      },
      {
        kind: 'call',
        task: 'head',
        permissions: [{ actions: ['s3:GetObject'], resources: ['{data-bucket}/raw/*'] }],
      },
    ]);
    expect(compile(triggering(true)).integrations[0]).toEqual({
      kind: 'trigger',
      pipeline: 'sales-daily',
      wait: true,
    });
  });

  it('says what is wrong with them', () => {
    const codes = (body: () => unknown) =>
      checkPipeline(pipeline({ id: 'wrong', description: 'Wrong' }, body).model).map(({ code }) => code);
    const call = (service: string, actions: string[]) =>
      awsCall('c', {
        service,
        action: 'getItem',
        arguments: {},
        permissions: [{ actions, resources: ['x'] }],
      });
    expect(codes(() => triggerPipeline('t', { pipeline: 'Not so' }))).toEqual(['MR220']);
    expect(codes(() => triggerPipeline('t', { pipeline: 'wrong', wait: true }))).toEqual(['MR221']);
    expect(codes(() => call('DynamoDB', []))).toEqual(['MR222']);
    expect(codes(() => call('dynamodb', ['dynamodb:*']))).toEqual(['MR223']);
  });
});
