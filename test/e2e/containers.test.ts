/** Containers on every service, through the command line, with the commands that stand in for them on this machine. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunLogLine } from '../../lib/cli/run-logs';
import type { RunTaskView, RunView } from '../../lib/cli/run-view';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { millraceIn, ROOT, startDev, type DevServer } from '../support/millrace';
import { processGone } from '../support/process-gone';
import { temporaryProject } from '../support/temporary-project';

const PIPELINE = `import { container, map, minutes, pipeline, seconds, shell, z } from '../lib';
const local = { command: 'node', args: ['work.js'] };
const output = z.object({ total: z.number(), task: z.string() });
const image = 'registry.example.com/work:1';
export default pipeline(
  {
    id: 'containers',
    description: 'Every kind of container.',
    params: z.object({ rate: z.number().default(0.5) }),
    defaults: { retries: 1, retryDelay: 1, timeout: minutes(5) },
  },
  ({ params }) => {
    const first = container('task', {
      runsOn: 'fargate', image, local, output, input: { rows: [1, 2, 3] },
      args: ['--rate', params.rate], environment: { RATE: params.rate, NOTE: '$(touch spliced)' },
    });
    const second = container('job', { runsOn: 'batch', gpu: 1, image, local, output, input: { rows: [first.total] } });
    const third = container('training', {
      runsOn: 'sagemaker', instanceType: 'ml.m5.xlarge', image, local, output, input: { rows: [second.total, 1] },
    });
    container('pod', { runsOn: 'kubernetes', namespace: 'ml', image, local, output, input: { rows: [third.total, 1] } });
    map('each', [1, 2], (item) => container('one', { runsOn: 'fargate', image, local, output, input: { rows: [item] } }).total);
    container('flaky', { runsOn: 'batch', image, local, input: { exit: 3, until: 'mended' } });
    container('late', {
      runsOn: 'kubernetes', image, retries: 0, timeout: seconds(2),
      local: { command: 'bash', args: ['-c', 'echo asleep; sleep 61 & echo $! > marks/late.pid; wait'] },
    });
    container('skips', { runsOn: 'fargate', image, local, skipOnExitCode: 99, input: { exit: 99 } });
    container('wrong', { runsOn: 'fargate', image, local, output: z.object({ total: z.string() }), input: { rows: [1] } });
    container('bare', { runsOn: 'fargate', image, retries: 0 });
    shell('moved', { command: 'echo moved; echo "$NOTE"', environment: { NOTE: 'here' } }, { runsOn: 'fargate' });
    shell('broken', { command: 'echo oh >&2; exit 4' }, { runsOn: 'batch', retries: 0 });
  },
);
`;
const WORK = `const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
const urlOf = (name) => process.env[name].replace('s3:/', process.env.AWS_ENDPOINT_URL);
(async () => {
  const { MILLRACE_TASK: task } = process.env;
  appendFileSync('marks/' + task.replace(/\\W+/g, '-'), 'x');
  const input = await (await fetch(urlOf('MILLRACE_INPUT_URI'))).json();
  console.log('rows', JSON.stringify(input.rows), 'rate', process.env.RATE, process.env.NOTE ?? '', process.env.MILLRACE_INPUT ?? '');
  if (input.exit !== undefined && !existsSync('marks/' + input.until)) {
    if (input.until !== undefined) writeFileSync('marks/' + input.until, '');
    console.error('giving up');
    process.exit(input.exit);
  }
  if (input.rows === undefined) return;
  const total = input.rows.reduce((a, b) => a + b, 0);
  await fetch(urlOf('MILLRACE_OUTPUT_URI'), { method: 'PUT', body: JSON.stringify({ total, task }) });
})();
`;

const NATIVE = `import { ingestCsv, pipeline } from '../lib';
export default pipeline({ id: 'native', description: 'DuckDB in a container.' }, () => {
  ingestCsv('ingest', { source: 'raw/iris.csv', name: 'iris' }, { runsOn: { on: 'batch', cpu: 2 } });
});
`;

/** What the guide shows: a pipeline, and the program of its container. */
const [EXAMPLE = '', INSPECT = ''] = [
  ...readFileSync(join(ROOT, 'docs', 'guides', 'containers.md'), 'utf8').matchAll(/```[tj]s\n([\s\S]*?)```/g),
].map((match) => match[1] ?? '');

describe('a pipeline of containers', () => {
  const project = temporaryProject({
    'pipelines/containers.ts': PIPELINE,
    'work.js': WORK,
    'pipelines/iris.ts': EXAMPLE,
    'pipelines/native.ts': NATIVE,
    'inspect.mjs': INSPECT,
  });
  const millrace = millraceIn(project.root, project.state);
  const mark = (name: string): string => readFileSync(join(project.root, 'marks', name), 'utf8').trim();
  let server: DevServer;
  let run: RunView;
  const task = (id: string, of = run): RunTaskView => {
    const found = of.tasks.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`There is no task ${id}.`);
    return found;
  };

  beforeAll(async () => {
    mkdirSync(join(project.root, 'marks'));
    server = await startDev(project.root, project.state);
    const { value } = await millrace.json('run', 'containers');
    run = (await millrace.json('show', (value as RunView).runId)).value as RunView;
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    project.remove();
  });

  it('hands inputs, outputs and values on from service to service', () => {
    expect(run.tasks.map(({ id, state }) => [id, state])).toEqual([
      ['task', 'success'],
      ['job', 'success'],
      ['training', 'success'],
      ['pod', 'success'],
      ['each', 'success'],
      ['flaky', 'success'],
      ['late', 'failed'],
      ['skips', 'skipped'],
      ['wrong', 'failed'],
      ['bare', 'failed'],
      ['moved', 'success'],
      ['broken', 'failed'],
    ]);
    expect(task('pod').out).toEqual({ total: 8, task: 'pod' });
    expect(task('task').job).toMatchObject({ service: 'fargate', number: 1 });
    // What differs from run to run is never read as code.
    expect(readdirSync(project.root)).not.toContain('spliced');
  });

  it('tries again with a job of the next number', () => {
    expect(task('flaky')).toMatchObject({ attempt: 2, job: { service: 'batch', number: 2 } });
    expect(mark('flaky')).toBe('xx');
  });

  it('stops what is late, with everything that it started', async () => {
    expect(task('late').error).toEqual({
      name: 'Millrace.TaskTimedOut',
      message: expect.stringContaining(
        "of task 'late' on kubernetes was stopped, as it was not done after 2 s",
      ) as string,
    });
    expect(await processGone(Number(mark('late.pid')))).toBe(true);
  });

  it('says why a container failed', () => {
    expect(task('wrong').error).toEqual({
      name: 'Millrace.InvalidOutput',
      message: expect.stringMatching(
        /wrote to s3:.*output.json what its output forbids:\n {2}total: expected string, got 1/,
      ) as string,
    });
    expect(task('wrong').attempt).toBe(1);
    expect(task('bare').error?.message).toMatch(/There is no container engine on this machine .* local: \{/);
  });

  it('runs a handler with its contract in a container', () => {
    expect(task('moved')).toMatchObject({
      attempt: 1,
      job: { service: 'fargate' },
      out: { lastLine: 'here', value: null },
    });
    expect(task('broken').error).toEqual({
      name: 'Millrace.CommandFailed',
      message: 'The command ended with code 4.\noh',
    });
  });

  it('shows the lines of every service', async () => {
    const lines = (await millrace.json('logs', run.runId)).value as RunLogLine[];
    const of = (id: string) => lines.filter((line) => line.task === id).map(({ text }) => text);
    expect(of('task')).toContain('rows [1,2,3] rate 0.5 $(touch spliced) {"rows":[1,2,3]}');
    expect(of('job')).toContain('rows [6] rate undefined  {"rows":[6]}');
    // SageMaker has no room for the input in the environment.
    expect(of('training')).toContain('rows [6,1] rate undefined');
    expect(of('pod')).toContainEqual(expect.stringContaining('rows [7,1]'));
    expect(of('late')).toContainEqual(expect.stringContaining('asleep'));
    expect(of('moved')).toContain('here');
  });

  it('reruns what failed and starts no second job for what succeeded', async () => {
    writeFileSync(join(project.root, 'marks', 'mended'), '');
    const { value } = await millrace.json('rerun', run.runId);
    const again = (await millrace.json('show', (value as RunView).runId)).value as RunView;
    expect(task('pod', again).job).toMatchObject({ number: 1 });
    expect(mark('task')).toBe('x');
    expect(mark('wrong')).toBe('xx');
    expect(task('wrong', again).job).toMatchObject({ number: 2 });
  }, 60_000);

  it('does what the guide shows: trains in a container, and looks at the model in another', async () => {
    const s3 = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const Body = readFileSync(join(ROOT, 'data', 'iris.csv'));
    await s3.send(
      new PutObjectCommand({ Bucket: 'millrace-dev-data-000000000000-us-east-1', Key: 'raw/iris.csv', Body }),
    );
    s3.destroy();
    const native = (await millrace.json('run', 'native')).value as RunView;
    expect(task('ingest', native)).toMatchObject({ state: 'success', out: { dataset: { rows: 150 } } });
    const { value } = await millrace.json('run', 'iris-in-containers');
    const done = (await millrace.json('show', (value as RunView).runId)).value as RunView;
    expect(done.tasks.map(({ id, state }) => [id, state])).toEqual([
      ['ingest', 'success'],
      ['features', 'success'],
      ['train', 'success'],
      ['inspect', 'success'],
    ]);
    expect(task('train', done)).toMatchObject({ job: { service: 'fargate', number: 1 } });
    expect(task('inspect', done).out).toMatchObject({
      rows: 150,
      fields: expect.arrayContaining(['uri']) as string[],
    });
  }, 60_000);
});
