/** The states around a job, in the engine on a virtual clock; the function `jobs` and the service are played. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { compile } from '../../lib/compiler/compile';
import { container } from '../../lib/dsl/container';
import { join as joining } from '../../lib/dsl/join';
import { pipeline } from '../../lib/dsl/pipeline';
import { VirtualClock } from '../../lib/local/clock';
import { ROOT } from '../../lib/local/service';
import { StatesError } from '../../lib/local/stepfunctions/states-error';
import { StepFunctionsService } from '../../lib/local/stepfunctions/step-functions-service';
import type { FinishEvent } from '../../lib/model/envelope';
import type { JobEvent } from '../../lib/model/job';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:';
const EPOCH = Date.parse('2026-01-01T00:00:00Z');

/** What the service does with each job that is begun: ends well, fails, or runs on until it is stopped. */
type Job = 'succeeds' | 'runs on' | { readonly error: string };

interface Played {
  readonly jobs: readonly Job[];
  /** What `prepare` says. @default start */
  readonly how?: 'start' | 'watch' | 'done';
  /** So often `watch` finds the job running. @default 0 */
  readonly looks?: number;
  readonly failureMode?: 'continue' | 'failFast';
}

describe('the states around a job', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-protocol-'));
  let root: RootDatabase;
  let count = 0;
  beforeAll(() => {
    root = open({ path: directory, maxDbs: 64, encoding: 'json', noSync: true });
  });
  afterAll(async () => {
    await root.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const run = async ({ jobs, how = 'start', looks = 0, failureMode = 'continue' }: Played) => {
    const clock = new VirtualClock(EPOCH);
    const story: string[] = [];
    let begun = 0;
    let looked = 0;
    let finish: FinishEvent | undefined;
    const answers = (event: JobEvent): unknown => {
      switch (event.action) {
        case 'prepare':
          return {
            how,
            name: 'job',
            attempt: 1,
            inputUri: '',
            outputUri: '',
            input: '',
            network: { subnets: [], securityGroups: [], assignPublicIp: 'DISABLED' },
            ...(how === 'done' ? { result: { status: 'success', out: 'of before' } } : {}),
          };
        case 'watch':
          if (looked++ < looks) throw new Error('Millrace.NotReady');
          return { status: how === 'watch' ? 'succeeded' : 'failed', error: event.end.error ?? null };
        case 'collect':
          if (event.end.status !== 'succeeded') throw new Error('Millrace.JobFailed');
          return { status: 'success', out: { auc: 1 } };
      }
    };
    const sfn = new StepFunctionsService({
      root,
      clock,
      account: '000000000000',
      region: 'us-east-1',
      emit: () => {},
      service: () => undefined,
      invokeLambda: async (arn, payload) => {
        const name = arn.slice(FUNCTION.length);
        if (name === 'Begin') return { payload: JSON.stringify({ id: 'run', ds: '2026-01-01', params: {} }) };
        if (name === 'Finish') {
          finish = JSON.parse(payload) as FinishEvent;
          return { payload: '{}' };
        }
        const event = JSON.parse(payload) as JobEvent;
        const { error } = event.action === 'prepare' ? { error: undefined } : event.end;
        story.push(event.action + (error === undefined || error === null ? '' : ` ${error}`));
        try {
          return { payload: JSON.stringify(answers(event)) };
        } catch (thrown) {
          const errorType = (thrown as Error).message;
          return {
            payload: JSON.stringify({ errorType, errorMessage: 'as played' }),
            functionError: 'Unhandled',
          };
        }
      },
      runJob: (resource, _input, { signal }) => {
        const job = jobs[begun++] ?? 'succeeds';
        story.push(`run ${resource}`);
        if (job === 'succeeds') return Promise.resolve({});
        if (job === 'runs on')
          return new Promise((_resolve, reject) =>
            signal?.addEventListener('abort', () => {
              story.push('stopped');
              reject(new StatesError('States.TaskFailed', 'stopped'));
            }),
          );
        return Promise.reject(new StatesError(job.error, ''));
      },
    });
    const model = pipeline(
      { id: 'p', description: 'P', failureMode, defaults: { retries: 1, retryDelay: 30 } },
      () => {
        const trained = container('train', { runsOn: 'fargate', image: 'a:1', timeout: 100 });
        joining('after').after(trained);
      },
    ).model;
    const name = `run-${count++}`;
    const definition = JSON.stringify(compile(model).definition).replace(/\$\{(\w+)\}/g, `${FUNCTION}$1`);
    const { stateMachineArn } = (await sfn.call(
      'CreateStateMachine',
      { name, definition, roleArn: 'arn:aws:iam::000000000000:role/x' },
      ROOT,
    )) as { stateMachineArn: string };
    const { executionArn } = (await sfn.call('StartExecution', { stateMachineArn, name }, ROOT)) as {
      executionArn: string;
    };
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const { status } = (await sfn.call('DescribeExecution', { executionArn }, ROOT)) as { status: string };
      if (status !== 'RUNNING') {
        sfn.stop();
        return { status, story, tasks: finish?.tasks, seconds: (clock.now() - EPOCH) / 1000 };
      }
      if (!clock.advance(EPOCH + 86_400_000))
        throw new Error(`Nothing happens any more: ${story.join(', ')}`);
    }
  };
  const RUN = 'run ecs:runTask.sync';
  const done = { train: 'success', after: 'success' };

  it('prepare, run and collect', async () => {
    expect(await run({ jobs: ['succeeds'] })).toMatchObject({
      story: ['prepare', RUN, 'collect'],
      tasks: done,
      seconds: 0,
    });
  });

  it('look for the job after a fault of the service, and begin with prepare when they try again', async () => {
    const { story, tasks, seconds } = await run({ jobs: [{ error: 'ECS.ServerException' }, 'succeeds'] });
    expect(story).toEqual([
      'prepare',
      RUN,
      'watch ECS.ServerException',
      'collect ECS.ServerException',
      'prepare',
      RUN,
      'collect',
    ]);
    expect([tasks, seconds]).toEqual([done, 30]);
  });

  it.each(['ECS.ThrottlingException', 'ECS.AmazonECSException'])(
    'ask again without an attempt of the task when the service says %s',
    async (error) => {
      const { story, tasks, seconds } = await run({ jobs: [{ error }, { error }, 'succeeds'] });
      expect(story).toEqual(['prepare', RUN, RUN, RUN, 'collect']);
      expect(tasks).toEqual(done);
      // Less than the delay of the task's own retry.
      expect(seconds).toBeLessThan(30);
    },
  );

  it('stop the job when its time is up, and wait until it has ended', async () => {
    const { story, tasks } = await run({ jobs: ['runs on', 'runs on'], looks: 1 });
    expect(story).toEqual([
      'prepare',
      RUN,
      'stopped',
      'watch States.Timeout',
      'watch States.Timeout',
      'collect States.Timeout',
      'prepare',
      RUN,
      'stopped',
      'watch States.Timeout',
      'collect States.Timeout',
    ]);
    expect(tasks).toEqual({ train: 'failed', after: 'upstream_failed' });
  });

  it('begin no second job while the first runs', async () => {
    const { story, tasks, seconds } = await run({ jobs: [], how: 'watch', looks: 3 });
    expect(story).toEqual(['prepare', 'watch', 'watch', 'watch', 'watch', 'collect']);
    expect([tasks, seconds]).toEqual([done, 15]);
  });

  it('begin none when the task has succeeded before', async () => {
    expect(await run({ jobs: [], how: 'done' })).toMatchObject({ story: ['prepare'], tasks: done });
  });

  it('end the run at once when it is to fail fast', async () => {
    const { status, tasks } = await run({ jobs: [{ error: 'x' }, { error: 'x' }], failureMode: 'failFast' });
    expect([status, tasks]).toEqual(['FAILED', undefined]);
  });
});
