/** Lines of tasks' logs start things: a message, another pipeline, the same run again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { synthesise } from '../../lib/cloud/synthesise';
import { startLocalCloud, type LocalCloud } from '../../lib/local/local-cloud';
import { s3Client } from '../../lib/aws/clients/s3';
import { ObjectStore } from '../../lib/aws/object-store';
import { archiveLogs } from '../../lib/orchestration/log-archive';
import { logsOfRun } from '../../lib/orchestration/logs-of-run';
import { readAudit } from '../../lib/orchestration/audit';
import { listRuns } from '../../lib/orchestration/list-runs';
import { readRun } from '../../lib/orchestration/read-run';
import { ROOT } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const CONTRACT = `import { contract, z } from '../../lib';
export default contract({
  name: 'work',
  summary: 'Works at the second time.',
  input: z.object({ patient: z.boolean() }),
  output: z.object({}),
});
`;
const HANDLER = `import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
export const handler = taskHandler(contract, async ({ patient }, context) => {
  const before = await context.state.get('tries');
  await context.state.set('tries', Number(before ?? 0) + 1);
  context.log.info('Looking for "memory"');
  if (patient && Number(before ?? 0) >= 2) return {};
  console.log('worker 3: CUDA out of memory (tried 2 GiB)');
  throw new Error('The process ended with 1.');
});
`;
const PIPELINE = `import { alarmTopic, join, onLog, pipeline, task, z } from '../lib';
import work from '../lambdas/work/contract';
export const training = pipeline(
  {
    id: 'training',
    description: 'Needs a card of its own.',
    params: z.object({ patient: z.boolean().default(true) }),
    onLog: [
      onLog('CUDA out of memory', { tasks: ['fit'], rerun: 2 }),
      onLog('for "memory"', { tell: [alarmTopic], start: { pipeline: 'tidy', params: { why: 'memory' } } }),
      onLog('CUDA out of memory', { tasks: ['other'], tell: [alarmTopic] }),
    ],
  },
  ({ params }) => {
    task(work)('fit', { patient: params.patient });
    join('other');
  },
);
export const tidy = pipeline(
  { id: 'tidy', description: 'Tidies.', params: z.object({ why: z.string() }) },
  () => { join('done'); },
);
`;

describe('what tasks log', () => {
  const project = temporaryProject({
    'pipelines/training.ts': PIPELINE,
    'lambdas/work/contract.ts': CONTRACT,
    'lambdas/work/handler.ts': HANDLER,
  });
  const outdir = join(project.root, 'cdk.out');
  const before = { ...process.env };
  let cloud: LocalCloud;
  const lambda = () => new LambdaClient({});

  beforeAll(async () => {
    const { summary } = await synthesise({ projectRoot: project.root, outdir, validate: true });
    expect(summary.failures).toEqual([]);
    cloud = await startLocalCloud({ directory: project.state, projectRoot: ROOT, assembly: outdir });
    Object.assign(process.env, cloud.environment, {
      MILLRACE_STAGE: 'dev',
      MILLRACE_BUCKET: 'millrace-dev-data-000000000000-us-east-1',
      MILLRACE_TRACKING_TABLE: 'millrace-dev-tracking',
      MILLRACE_ORCHESTRATION_TABLE: 'millrace-dev-orchestration',
    });
  }, 120_000);
  afterAll(async () => {
    process.env = before;
    await cloud.stop();
    project.remove();
  });

  async function launch(params: object): Promise<string> {
    const client = lambda();
    const { Payload } = await client.send(
      new InvokeCommand({
        FunctionName: 'millrace-dev-launcher',
        Payload: Buffer.from(JSON.stringify({ pipeline: 'training', params })),
      }),
    );
    client.destroy();
    return (JSON.parse(Buffer.from(Payload ?? []).toString('utf8')) as { runId: string }).runId;
  }
  async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) {
      const found = await look();
      if (found !== undefined) return found;
    }
    throw new Error('Not within a minute.');
  }
  /** The run when so many executions of it have ended. */
  const ended = (runId: string, executions: number) =>
    until(async () => {
      const record = (await readRun(runId))?.record;
      return record !== undefined && record.status !== 'running' && record.executions.length === executions
        ? record
        : undefined;
    });

  it('runs a run again that failed, as often as the pipeline says, and no more', async () => {
    const runId = await launch({ patient: true });
    expect(await ended(runId, 3)).toMatchObject({ status: 'success' });
    const audit = await readAudit(runId);
    expect(audit.filter(({ action }) => action === 'rerun')).toMatchObject([
      { by: 'log trigger', why: "fit logged 'CUDA out of memory'" },
      { by: 'log trigger' },
    ]);
  }, 120_000);

  it('tells people, and starts a pipeline, once for an execution', async () => {
    const tidied = await until(async () => {
      const runs = await listRuns('tidy', 10);
      return runs.length === 3 && runs.every(({ status }) => status === 'success') ? runs : undefined;
    });
    expect((await readRun(tidied[0]?.runId ?? ''))?.record.context).toMatchObject({
      trigger: 'log',
      params: { why: 'memory' },
    });
    const told = await until(async () => {
      const all = cloud
        .published('arn:aws:sns:us-east-1:000000000000:millrace-dev-alarms')
        .filter(({ subject }) => subject.includes('logged'));
      return all.length >= 3 ? all : undefined;
    });
    expect(told).toHaveLength(3);
    expect(told[0]?.subject).toBe(`[dev] training: fit logged 'for "memory"'`);
    expect(told[0]?.text).toMatch(/^Looking for "memory"\n/);
  }, 120_000);

  it('gives up when it goes wrong once more than that', async () => {
    const runId = await launch({ patient: false });
    expect(await ended(runId, 3)).toMatchObject({ status: 'failed' });
    await cloud.idle();
    expect((await readRun(runId))?.record.executions).toHaveLength(3);
  }, 120_000);

  it('goes to the archive once a run is over, where it is found when CloudWatch has forgotten it', async () => {
    const objects = new ObjectStore(s3Client(), 'millrace-dev-data-000000000000-us-east-1');
    const [run] = await listRuns('training', 1);
    if (run === undefined) throw new Error('There is no run.');
    const archive = (afterMinutes: number) =>
      archiveLogs({ objects, now: () => Date.now() + afterMinutes * 60_000, goOn: () => true });
    expect(await archive(1)).toEqual([]);
    // S3 throttles: that run stays for the next round, the others do not wait for it.
    const put = jest.spyOn(objects, 'putBytes');
    put.mockRejectedValueOnce(Object.assign(new Error('Reduce your request rate.'), { name: 'SlowDown' }));
    await expect(archive(60)).rejects.toThrow(/^The logs of 1 run could not .* because of SlowDown: Reduce/);
    const others = put.mock.calls.length - 1;
    expect(others).toBeGreaterThan(2);
    const [late, ...more] = await archive(60);
    expect(more).toEqual([]);
    expect(put.mock.calls[0]?.[0]).toContain(`/${late}.jsonl.gz`);
    expect(put.mock.calls.some(([key]) => key.includes(run.runId))).toBe(true);
    expect(await archive(60)).toEqual([]);
    const texts = async (groups: readonly string[]) =>
      (await logsOfRun(objects, run, { groups })).map(({ task, text }) => `${task}: ${text}`);
    const live = await texts(['/millrace/dev/training/work']);
    expect(live).toContain('fit: worker 3: CUDA out of memory (tried 2 GiB)');
    expect(await texts(['/millrace/dev/training/forgotten'])).toEqual(live);
  }, 120_000);

  it('is a subscription of the log groups concerned, and of no other', () => {
    const { Resources } = JSON.parse(
      readFileSync(join(outdir, 'millrace-dev-training.template.json'), 'utf8'),
    ) as { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };
    const found = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Logs::SubscriptionFilter');
    expect(found).toMatchObject([
      {
        Properties: {
          LogGroupName: '/millrace/dev/training/work',
          FilterPattern: String.raw`?"CUDA out of memory" ?"for \"memory\"" ?"for \\\"memory\\\""`,
        },
      },
    ]);
  });
});
