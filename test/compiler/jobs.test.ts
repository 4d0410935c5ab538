import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SubmitJobRequest$ } from '@aws-sdk/client-batch';
import { RunTaskRequest$ } from '@aws-sdk/client-ecs';
import { CreateTrainingJobRequest$ } from '@aws-sdk/client-sagemaker';
import { z } from 'zod';
import type { State } from '../../lib/compiler/asl';
import { compile } from '../../lib/compiler/compile';
import { container, type ContainerOptions } from '../../lib/dsl/container';
import { map } from '../../lib/dsl/map';
import { pipeline } from '../../lib/dsl/pipeline';
import { pool } from '../../lib/dsl/pool';
import { shell } from '../../lib/dsl/shell';
import { checkPipeline } from '../../lib/model/check';
import type { JsonObject } from '../../lib/model/json';
import { machineFaults } from '../cloud/support/validate-machine';
import { apiFaults } from '../support/api-model';

const GOLDEN = join(__dirname, '..', 'golden', 'containers.asl.json');
const output = z.object({ auc: z.number() });

const all = pipeline(
  {
    id: 'containers',
    description: 'Every service',
    params: z.object({ rate: z.number().default(0.1) }),
    defaults: { retries: 2, retryDelay: 10 },
  },
  ({ params }) => {
    const trained = container('train', {
      runsOn: 'fargate',
      image: 'python:3.13-slim',
      command: ['python', 'train.py'],
      args: ['--rate', params.rate, '--seed', 7],
      environment: { RATE: params.rate, GRID: [1, 2], LITERAL: '{% no expression %}' },
      input: { rate: params.rate },
      output,
      timeout: 7200,
    });
    const tuned = container('tune', {
      runsOn: 'batch',
      image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/tune:1',
      command: ['tune'],
      args: ['--auc', trained.auc],
      output,
      gpu: 2,
      cpu: 8,
      memoryMb: 61_440,
      labels: { team: 'risk' },
      timeout: 10,
    });
    const fitted = container('fit', {
      runsOn: 'sagemaker',
      image: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/fit:1',
      command: ['fit'],
      args: ['all'],
      environment: { AUC: tuned.auc },
      instanceType: 'ml.g5.xlarge',
      diskGb: 100,
      output,
      skipOnExitCode: 99,
    });
    const checked = container('check', {
      runsOn: 'kubernetes',
      image: 'ghcr.io/example/check:2',
      args: ['--auc', fitted.auc],
      namespace: 'ml',
      serviceAccount: 'training',
      gpu: 1,
      labels: { team: 'risk' },
    });
    const scored = map(
      'each',
      [1, 2],
      (item) => container('score', { runsOn: 'batch', image: 'score:1', args: [item] }),
      { after: [checked] },
    );
    shell('moved', { command: 'true' }, { runsOn: 'kubernetes', memoryMb: 4096 }).after(scored);
  },
).model;

const machine = compile(all).definition;
const inner = (task: string): Record<string, State> => {
  const state = machine.States[task];
  if (state?.Type !== 'Parallel') throw new Error(`${task} is no task in a container.`);
  return state.Branches[0]?.States ?? {};
};
const argumentsOf = (task: string, state = `run ${task}`): JsonObject => {
  const found = inner(task)[state];
  if (found?.Type !== 'Task') throw new Error(`There is no state ${state}.`);
  return found.Arguments as JsonObject;
};
const one = (options: Partial<ContainerOptions<z.ZodType>>) =>
  pipeline({ id: 'one', description: 'One' }, () => {
    container('it', { runsOn: 'fargate', image: 'a:1', ...options });
  }).model;

describe('tasks in containers', () => {
  it('are compiled to the machine that is kept in test/golden', () => {
    const text = `${JSON.stringify(machine, null, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('make a machine that asl-validator takes', () => {
    const text = JSON.stringify(machine).replace(
      /\$\{(\w+)\}/g,
      'arn:aws:states:us-east-1:000000000000:stateMachine:$1',
    );
    expect(machineFaults(JSON.parse(text))).toBe('');
  });

  it('ask ECS, Batch and SageMaker for what their APIs know', () => {
    expect(apiFaults(RunTaskRequest$, argumentsOf('train'), true)).toEqual([]);
    expect(apiFaults(SubmitJobRequest$, argumentsOf('tune'), true)).toEqual([]);
    expect(apiFaults(CreateTrainingJobRequest$, argumentsOf('fit'), false)).toEqual([]);
    // The check itself sees a member that is none, one that is missing, and one of another type.
    expect(apiFaults(SubmitJobRequest$, { JobName: 1, JobQueue: 'q', Colour: 'red' }, true)).toEqual([
      '.JobDefinition: is required',
      '.JobName: is a number, not a string',
      '.Colour: the API has no such member',
    ]);
  });

  it('use the integrations of Step Functions that wait for the end', () => {
    const resources = ['train', 'tune', 'fit', 'check'].map((task) => {
      const state = inner(task)[`run ${task}`];
      return state?.Type === 'Task' ? [state.Resource, state.TimeoutSeconds] : [];
    });
    expect(resources).toEqual([
      ['arn:aws:states:::ecs:runTask.sync', 7200],
      ['arn:aws:states:::batch:submitJob.sync', 10],
      ['arn:aws:states:::sagemaker:createTrainingJob.sync', 86_400],
      ['arn:aws:states:::eks:runJob.sync', 86_400],
    ]);
  });

  it('get values as texts of their own, and constants as they are', () => {
    expect(argumentsOf('train')['Overrides']).toMatchObject({
      ContainerOverrides: [
        {
          Name: 'main',
          Command: ['--rate', '{% $string($run.params.rate) %}', '--seed', '7'],
          Environment: [
            { Name: 'RATE', Value: '{% $string($run.params.rate) %}' },
            { Name: 'GRID', Value: '[1,2]' },
            { Name: 'LITERAL', Value: '{% "{% no expression %}" %}' },
            { Name: 'MILLRACE_RUN', Value: '{% $run.id %}' },
            { Name: 'MILLRACE_TASK', Value: 'train' },
            { Name: 'MILLRACE_DS', Value: '{% $run.ds %}' },
            { Name: 'MILLRACE_JOB', Value: '{% $train__job.name %}' },
            { Name: 'MILLRACE_INPUT', Value: '{% $train__job.input %}' },
            { Name: 'MILLRACE_INPUT_URI', Value: '{% $train__job.inputUri %}' },
            { Name: 'MILLRACE_OUTPUT_URI', Value: '{% $train__job.outputUri %}' },
            { Name: 'AWS_REGION', Value: '${Region}' },
          ],
        },
      ],
    });
  });

  it('name their job so that it can be found again', () => {
    expect(argumentsOf('train')['Group']).toBe('{% $train__job.name %}');
    expect(argumentsOf('tune')['JobName']).toBe('{% $tune__job.name %}');
    expect(argumentsOf('fit')['TrainingJobName']).toBe('{% $fit__job.name %}');
    expect(argumentsOf('check')['Job']).toMatchObject({ metadata: { name: '{% $check__job.name %}' } });
  });

  it('run on Batch with GPUs, where the command comes before the arguments, and at least a minute', () => {
    expect(argumentsOf('tune')).toMatchObject({
      JobQueue: '${JobGpuQueue}',
      Timeout: { AttemptDurationSeconds: 70 },
      ContainerOverrides: { Command: ['tune', '--auc', expect.stringContaining('$train.out.auc') as string] },
      Tags: { 'millrace:pipeline': 'containers', 'millrace:task': 'tune', team: 'risk' },
    });
  });

  it('become training jobs without the input in the environment, which has room for 512 characters', () => {
    const { Environment, ...rest } = argumentsOf('fit');
    expect(Object.keys(Environment as JsonObject)).not.toContain('MILLRACE_INPUT');
    expect(rest).toMatchObject({
      AlgorithmSpecification: { ContainerEntrypoint: ['fit'], ContainerArguments: ['all'] },
      ResourceConfig: { InstanceType: 'ml.g5.xlarge', InstanceCount: 1, VolumeSizeInGB: 100 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    });
  });

  it('become jobs of Kubernetes that retry nothing by themselves and are removed', () => {
    const resources = { cpu: '1', memory: '2048Mi', 'ephemeral-storage': '20Gi', 'nvidia.com/gpu': '1' };
    expect(argumentsOf('check')).toMatchObject({
      Namespace: 'ml',
      Job: {
        apiVersion: 'batch/v1',
        metadata: { labels: { team: 'risk', 'millrace/pipeline': 'containers' } },
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: 86_460,
          ttlSecondsAfterFinished: 3600,
          template: {
            spec: {
              restartPolicy: 'Never',
              serviceAccountName: 'training',
              containers: [{ resources: { requests: resources, limits: resources } }],
            },
          },
        },
      },
    });
  });

  it('retry from the state that looks for a job, not from the one that starts it', () => {
    const state = machine.States['train'];
    expect(state?.Type === 'Parallel' && state.Retry?.at(-1)).toEqual({
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 10,
      MaxAttempts: 2,
      BackoffRate: 1,
    });
    const run = inner('train')['run train'];
    // But for a service that is asked too often, and has started nothing.
    expect(run?.Type === 'Task' && [run.Retry?.length, run.Catch?.[0]?.Next]).toEqual([1, 'watch train']);
    expect(run?.Type === 'Task' && run.Retry?.[0]).toMatchObject({
      ErrorEquals: ['ECS.ThrottlingException', 'ECS.AmazonECSException'],
      MaxAttempts: 6,
    });
  });

  it('wait for a slot of a pool, and retry by cause', () => {
    const gpus = pool('gpus', 2);
    const { definition, integrations } = compile(
      pipeline({ id: 'pooled', description: 'Pooled' }, () => {
        container('it', {
          runsOn: 'batch',
          image: 'a:1',
          pool: gpus,
          retries: [{ on: ['Millrace.JobFailed', 'States.Timeout'], attempts: 3, delaySeconds: 5 }],
        });
      }).model,
    );
    expect(integrations.map(({ kind }) => kind)).toContain('pool');
    expect(Object.keys(definition.States)).toEqual([
      'Begin',
      'slot for it',
      'it',
      'free it',
      'free failed it',
      'Finish',
      'Failed',
    ]);
    const state = definition.States['it'];
    expect(state?.Type === 'Parallel' && state.Retry).toContainEqual(
      expect.objectContaining({
        ErrorEquals: expect.arrayContaining(['Millrace.JobFailed', 'Millrace.TaskTimedOut']) as string[],
        MaxAttempts: 3,
        IntervalSeconds: 5,
      }),
    );
  });

  it('say what their result depends on, so that an earlier one may do', () => {
    const { definition } = compile(
      pipeline(
        { id: 'cached', description: 'Cached', params: z.object({ rate: z.number() }) },
        ({ params }) => {
          container('it', {
            runsOn: 'batch',
            image: 'a:1',
            command: ['fit'],
            args: ['--rate', params.rate],
            environment: { RATE: params.rate },
            cache: { for: 3600 },
          });
        },
      ).model,
    );
    const state = definition.States['it'];
    const prepare = state?.Type === 'Parallel' ? state.Branches[0]?.States['prepare it'] : undefined;
    expect(prepare?.Type === 'Task' && prepare.Arguments).toMatchObject({
      Payload: {
        event: {
          cache: {
            seconds: 3600,
            environment: {
              RATE: '{% $string($run.params.rate) %}',
              'container.image': 'a:1',
              'container.command': '["fit"]',
              'container.args[0]': '--rate',
              'container.args[1]': '{% $string($run.params.rate) %}',
            },
          },
        },
      },
    });
  });

  it('move by a word: the handler gets its event, and no function is made', () => {
    const { functions, jobs } = compile(all);
    expect(functions).toEqual([]);
    expect(jobs.at(-1)).toMatchObject({
      key: 'job-moved',
      compute: { service: 'kubernetes', cpu: 2, memoryMb: 4096 },
      runs: { kind: 'handler', handler: 'lambdas/shell' },
    });
    expect(argumentsOf('moved', 'prepare moved')['Payload']).toMatchObject({
      action: 'prepare',
      event: { task: 'moved', input: { command: 'true' }, attempt: 0 },
      handler: { bundle: '${JobMovedBundle}', codeHash: '${JobMovedCodeHash}' },
    });
  });

  it.each<[string, string, Partial<ContainerOptions<z.ZodType>>]>([
    ['MR290', 'more than Fargate has', { cpu: 32, memoryMb: 1024 }],
    ['MR291', 'a GPU on Fargate', { gpu: 1 }],
    ['MR292', 'a disk that is too small', { diskGb: 5 }],
    ['MR293', 'no instance on SageMaker', { runsOn: 'sagemaker' }],
    ['MR293', 'an instance elsewhere', { instanceType: 'ml.m5.xlarge' }],
    ['MR294', 'a namespace elsewhere', { namespace: 'ml' }],
    ['MR295', 'a label that is none', { labels: { 'a b': 'c' } }],
    ['MR296', 'no time', { timeout: 0 }],
    ['MR297', 'no image', { image: 'a b' }],
    ['MR298', 'a variable of the runtime', { environment: { MILLRACE_RUN: 'x' } }],
    ['MR299', 'an exit code that is none', { skipOnExitCode: 300 }],
  ])('%s: is refused for %s', (code, _what, options) => {
    expect(checkPipeline(one(options)).map((diagnostic) => diagnostic.code)).toEqual([code]);
  });

  it('may name paths of their image, but none of this machine in their input', () => {
    const paths = { args: ['/opt/ml/train.py'], environment: { OUT: '/tmp/out' } };
    expect(checkPipeline(one(paths))).toEqual([]);
    expect(checkPipeline(one({ input: { file: '/tmp/a.csv' } })).map(({ code }) => code)).toEqual(['MR160']);
  });

  it('are refused where a handler in a container cannot do it', () => {
    const task = one({}).tasks[0];
    if (task?.kind !== 'container') throw new Error('It is one.');
    const moved = pipeline({ id: 'moved', description: 'Moved' }, () => {
      shell('it', { command: 'true' }, { runsOn: 'fargate' });
    }).model;
    const [it] = moved.tasks;
    const gpu = it?.kind === 'task' ? { ...it.compute, service: 'batch', gpu: 1 } : {};
    const faults = (extra: object) =>
      checkPipeline({ ...moved, tasks: [{ ...it, ...extra } as never] }).map(({ code }) => code);
    expect(faults({ native: ['duckdb'] })).toEqual([]);
    expect(faults({ native: ['duckdb'], compute: gpu })).toEqual(['MR300']);
    const python = { input: {}, output: {}, unchecked: [], skips: false };
    expect(faults({ python })).toEqual([]);
    expect(faults({ python, compute: gpu })).toEqual(['MR300']);
    expect(faults({ poke: { intervalSeconds: 60, timeoutSeconds: 600, softFail: false } })).toEqual([
      'MR301',
    ]);
  });

  it('take no value where a shell would read it as code', () => {
    expect(() =>
      pipeline({ id: 'x', description: 'x', params: z.object({ a: z.string() }) }, ({ params }) => {
        container('it', { runsOn: 'fargate', image: 'a:1', command: ['bash', '-c'], args: [params.a] });
      }),
    ).toThrow(/An argument of container\('it'\) is a reference beside '-c'/);
  });
});
