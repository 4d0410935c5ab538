/** Handlers that move to a container by a word: Python on every service that takes one, TypeScript on Kubernetes. */
import type { RunLogLine } from '../../lib/cli/run-logs';
import type { RunTaskView, RunView } from '../../lib/cli/run-view';
import { millraceIn } from '../support/millrace';
import { describeWithPython } from '../support/python-functions';
import { temporaryProject } from '../support/temporary-project';

const PIPELINE = `import { contract, pipeline, seconds, shell, task, z } from '../lib';

const train = task(
  contract({
    name: 'train-words',
    summary: 'Counts words.',
    runtime: 'python',
    input: z.object({ text: z.string(), least: z.int().default(1) }),
    output: z.object({ total: z.int(), where: z.string(), weights: z.array(z.number()).optional() }),
    skips: true,
  }),
);

export default pipeline(
  { id: 'moved', description: 'Python in containers.', params: z.object({ text: z.string().default('a b c') }) },
  ({ params }) => {
    const first = train('function', { text: params.text });
    const second = train('fargate', { text: 'large' }, { runsOn: 'fargate', environment: { NOTE: 'noted' } }).after(first);
    const third = train('batch', { text: 'x y', least: second.total }, { runsOn: { on: 'batch', cpu: 2, labels: { team: 'ml' } } });
    train('pod', { text: 'one two', least: third.total }, { runsOn: 'kubernetes' });
    train('skips', { text: 'skip' }, { runsOn: 'fargate' });
    train('refuses', { text: 'refuse' }, { runsOn: 'batch', retries: 2, retryDelay: 1 });
    train('named', { text: 'refuse' }, { runsOn: 'batch', retries: [{ on: 'TooFew', attempts: 1, delaySeconds: 1 }] });
    train('wrong', { text: 'wrong' }, { runsOn: 'fargate', retries: 2, retryDelay: 1 });
    train('late', { text: 'sleep' }, { runsOn: 'kubernetes', timeout: seconds(3), retries: 0 });
    shell('node', { command: 'echo "{\\\\"node\\\\": true}"' }, { runsOn: 'kubernetes' });
  },
);
`;
const HANDLER = `import os
import time

from helper import count
from millrace import DoNotRetry, Skipped


class TooFew(DoNotRetry):
    name = "TooFew"


def run(input, context):
    text = input["text"]
    context.log.info("Counting %s, attempt %d", text, context.attempt)
    if text == "skip":
        raise Skipped("nothing to do")
    if text == "refuse":
        raise TooFew("too few words")
    if text == "wrong":
        return {"total": "three", "where": ""}
    if text == "sleep":
        time.sleep(60)
    where = os.environ.get("MILLRACE_JOB", "function") + " " + os.environ.get("NOTE", "")
    out = {"total": count(text) * input["least"], "where": where}
    return {**out, "weights": [0.5] * 5000} if text == "large" else out
`;

describeWithPython('handlers in Python in containers', () => {
  const project = temporaryProject({
    'pipelines/moved.ts': PIPELINE,
    'lambdas/train-words/handler.py': HANDLER,
    'lambdas/train-words/helper.py': 'def count(text):\n    return len(text.split())\n',
  });
  const millrace = millraceIn(project.root, project.state);
  let run: RunView;
  const task = (id: string): RunTaskView => {
    const found = run.tasks.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`There is no task ${id}.`);
    return found;
  };
  const lines = async (id: string): Promise<string> => {
    const { value } = await millrace.json('logs', run.runId, id);
    return (value as RunLogLine[]).map(({ text }) => text).join('\n');
  };

  beforeAll(async () => {
    const { value } = await millrace.json('run', 'moved');
    run = value as RunView;
  }, 90_000);
  afterAll(() => project.remove());

  it('give and take what functions do, on every service', () => {
    expect(task('function').out).toEqual({ total: 3, where: 'function ' });
    expect(task('fargate')).toMatchObject({ state: 'success', job: { service: 'fargate' } });
    expect(task('batch').out).toMatchObject({
      total: 2,
      where: expect.stringMatching(/^millrace-batch-.*-1 $/) as string,
    });
    expect(task('pod').out).toMatchObject({
      total: 4,
      where: expect.stringMatching(/^millrace-pod-/) as string,
    });
  });

  it('store large results, and have the environment of their task', async () => {
    // The rest of it lies in S3.
    expect(task('fargate').out).toEqual({ total: 1 });
    expect(await lines('fargate')).toContain('Counting large, attempt 0');
  });

  it('skip, fail for good and by the rule of their task, under the names of their errors', () => {
    expect(task('skips').state).toBe('skipped');
    expect(task('refuses')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { name: 'Millrace.DoNotRetry', message: 'TooFew: too few words' },
    });
    expect(task('named')).toMatchObject({ state: 'failed', attempt: 2, error: { name: 'TooFew' } });
    expect(task('wrong')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { name: 'Millrace.InvalidOutput' },
    });
  });

  it('are stopped when their time is up', () => {
    expect(task('late')).toMatchObject({ state: 'failed', error: { name: 'Millrace.TaskTimedOut' } });
  });

  it('move to Kubernetes in TypeScript as well', () => {
    expect(task('node')).toMatchObject({ state: 'success', job: { service: 'kubernetes' } });
  });
});
