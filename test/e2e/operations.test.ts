/** What people do to runs, on a pipeline with a gate whose one task fails until it is mended, and whose files start it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RunView } from '../../lib/cli/run-view';
import { millraceIn, startDev, type DevServer } from '../support/millrace';
import { temporaryProject } from '../support/temporary-project';

const CONTRACT = `import { contract, z } from '../../lib';
export default contract({
  name: 'step',
  summary: 'Counts, unless it is told to wait for a file.',
  input: z.object({ plus: z.number(), mended: z.string().optional() }),
  output: z.object({ n: z.number(), at: z.number() }),
});
`;
const HANDLER = `import { existsSync } from 'node:fs';
import { DoNotRetry } from '../../lib/model/errors';
import { taskHandler } from '../../lib/runtime/task-handler';
import contract from './contract';
class Broken extends DoNotRetry { override readonly name = 'Broken'; }
export const handler = taskHandler(contract, async ({ plus, mended }) => {
  if (mended !== undefined && mended !== '' && !existsSync(mended)) throw new Broken('not mended yet');
  return { n: plus + 1, at: Date.now() };
});
`;
const PIPELINE = `import { objectCreated, pipeline, task, z, every, hours } from '../lib';
import contract from '../lambdas/step/contract';
const step = task(contract);
export default pipeline(
  {
    id: 'operated',
    description: 'An N with a weak place.',
    params: z.object({ mended: z.string().default(''), source: z.string().default('') }),
    schedule: every(hours(24)),
    startDate: '2026-01-01',
    maxActiveRuns: 3,
    triggers: [objectCreated('raw/operated/', { suffix: '.csv', param: 'source' })],
  },
  ({ params }) => {
    const a = step('a', { plus: 0, mended: params.mended });
    const b = step('b', { plus: 10 });
    step('c', { plus: a.n }).after(b);
    step('d', { plus: b.n });
  },
);
`;

describe('operations', () => {
  const project = temporaryProject({
    'pipelines/operated.ts': PIPELINE,
    'lambdas/step/contract.ts': CONTRACT,
    'lambdas/step/handler.ts': HANDLER,
  });
  const millrace = millraceIn(project.root, project.state);
  const mended = join(project.root, 'mended');
  let server: DevServer;
  let runId: string;

  beforeAll(async () => {
    server = await startDev(project.root, project.state);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    project.remove();
  });
  const ends = ({ tasks }: RunView) => Object.fromEntries(tasks.map((task) => [task.id, task.state]));
  const show = async (run: string) => (await millrace.json('show', run)).value as RunView;

  it('show what failed, and what went on beside it', async () => {
    const { code, value } = await millrace.json('run', 'operated', '--params', JSON.stringify({ mended }));
    const run = value as RunView;
    runId = run.runId;
    expect(code).toBe(1);
    expect(ends(run)).toEqual({ a: 'failed', b: 'success', c: 'upstream_failed', d: 'success' });
  }, 60_000);

  it('rerun what did not succeed, and that alone', async () => {
    const before = await show(runId);
    writeFileSync(mended, '');
    const { code, value } = await millrace.json('rerun', runId, '--why', 'mended');
    const run = value as RunView;
    expect({ code, ends: ends(run) }).toEqual({
      code: 0,
      ends: { a: 'success', b: 'success', c: 'success', d: 'success' },
    });
    const started = (view: RunView, id: string) => view.tasks.find((task) => task.id === id)?.startedAt;
    expect(started(run, 'b')).toBe(started(before, 'b'));
    expect(started(run, 'a')).not.toBe(started(before, 'a'));
  }, 60_000);

  it('clear a task with all that wait for it', async () => {
    const before = await show(runId);
    const both = await millrace.refused('clear', runId, 'a', '--downstream', '--only');
    expect([both.code, both.error.message]).toEqual([2, expect.stringContaining('cannot be used with')]);
    const { code, value } = await millrace.json('clear', runId, 'a', '--downstream', '--why', 'new data');
    const run = value as RunView;
    const started = (view: RunView, id: string) => view.tasks.find((task) => task.id === id)?.startedAt;
    expect(code).toBe(0);
    expect(['a', 'b', 'c', 'd'].filter((id) => started(run, id) !== started(before, id))).toEqual(['a', 'c']);
    const unknown = await millrace.refused('clear', runId, 'e');
    expect(unknown).toMatchObject({ code: 2, error: { message: "operated has no task 'e'." } });
  }, 60_000);

  it('say who did what', async () => {
    const { value } = await millrace.json('audit', runId);
    expect((value as { action: string; why?: string }[]).map(({ action, why }) => [action, why])).toEqual([
      ['start', undefined],
      ['rerun', 'mended'],
      ['clear', 'new data'],
    ]);
  });

  it('hold runs back while the pipeline is paused, and let a waiting one be cancelled', async () => {
    await millrace.json('pause', 'operated', '--why', 'audit');
    const { value } = await millrace.json('run', 'operated', '--no-wait');
    const { runId: waiting, queued } = value as { runId: string; queued: boolean };
    expect(queued).toBe(true);
    const cancelled = await millrace.json('cancel', waiting, '--pipeline', 'operated');
    expect(cancelled).toMatchObject({ code: 0, value: { outcome: 'dequeued' } });
    expect(await millrace.json('resume', 'operated')).toMatchObject({ code: 0, value: { paused: false } });
  }, 60_000);

  it('backfill a range of dates', async () => {
    const { code, value } = await millrace.json(
      'backfill',
      'operated',
      '--from',
      '2026-03-01',
      '--to',
      '2026-03-04',
      '--max-active',
      '2',
    );
    expect({ code, value }).toMatchObject({ code: 0, value: { ticks: 4, statuses: { success: 4 } } });
    const again = await millrace.json(
      'backfill',
      'operated',
      '--from',
      '2026-03-03',
      '--to',
      '2026-03-05',
      '--dry-run',
    );
    expect((again.value as { dates: { action: string }[] }).dates.map((date) => date.action)).toEqual([
      'leave',
      'leave',
      'run',
    ]);
  }, 60_000);

  it('start with a file that arrives, once', async () => {
    const bucket = 'millrace-dev-data-000000000000-us-east-1';
    const s3 = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'raw/operated/new file.csv', Body: 'a,b' }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'raw/operated/readme.txt', Body: 'a,b' }));
    s3.destroy();
    const started = async () =>
      ((await millrace.json('runs', 'operated')).value as { runId: string; status: string }[]).filter((run) =>
        run.runId.includes('--object-created--'),
      );
    let runs = await started();
    for (let i = 0; i < 40 && runs[0]?.status !== 'success'; i++) {
      await pause(250);
      runs = await started();
    }
    expect(runs).toMatchObject([{ status: 'success' }]);
    expect((await show(runs[0]?.runId ?? '')).params).toMatchObject({ source: 'raw/operated/new file.csv' });
  }, 60_000);

  it('tell what a deployment would change', async () => {
    const planned = async () => (await millrace.json('plan', 'operated')).value;
    const quiet = {
      pipeline: 'operated',
      added: [],
      removed: [],
      changed: [],
      code: [],
      start: false,
      notes: [],
    };
    expect(await planned()).toEqual([{ ...quiet, change: 'unchanged', runsInFlight: 0 }]);
    project.write(
      'pipelines/operated.ts',
      PIPELINE.replace("step('d', { plus: b.n });", "step('e', { plus: b.n });").replace(
        'plus: 10',
        'plus: 20',
      ),
    );
    expect(await planned()).toMatchObject([
      { change: 'changed', added: ['e'], removed: ['d'], changed: ['b'], code: [], start: false },
    ]);
    project.write('pipelines/operated.ts', PIPELINE.replace("id: 'operated'", "id: 'renamed'"));
    const { value } = await millrace.json('plan');
    expect(value).toMatchObject([
      { pipeline: 'renamed', change: 'new', notes: [] },
      {
        pipeline: 'operated',
        change: 'removed',
        notes: ['Nothing starts it any more, and its history stays.'],
      },
    ]);
  }, 120_000);
});
