/** The quick start as a user runs it: twice in a row, on real data, in a state directory of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelView } from '../../lib/cli/model-queries';
import type { StartSummary } from '../../lib/cli/render/start-summary';

const ROOT = join(__dirname, '..', '..');

function millrace(directory: string, ...args: string[]) {
  const done = spawnSync(
    process.execPath,
    [join(ROOT, 'bin', 'millrace.js'), ...args, '--json', '--directory', directory],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TMPDIR: process.env['TMPDIR'] ?? tmpdir(),
      },
      timeout: 180_000,
    },
  );
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

describe('npm start', () => {
  const base = mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
  const directory = join(base, '.millrace');
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it('trains, registers and promotes version 1; then decides about version 2 against it', () => {
    const first = millrace(directory, 'start');
    expect({ code: first.code, stderr: first.code === 0 ? '' : first.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const one = JSON.parse(first.stdout) as StartSummary;
    expect(one.run.status).toBe('success');
    expect(one.champion).toEqual({ before: null, after: '1' });
    expect([one.stays, one.places['console']]).toEqual([
      false,
      `http://127.0.0.1:4599/console/runs/${one.run.runId}`,
    ]);
    expect(one.candidates.map((model) => model.name).sort()).toEqual([
      'gradient-boosting',
      'logistic-regression',
      'random-forest',
    ]);
    for (const model of one.candidates) {
      expect(model.metrics['auc']).toBeGreaterThan(0.74);
      expect(model.metrics['auc']).toBeLessThan(0.85);
    }
    const states = Object.fromEntries(one.run.tasks.map((task) => [task.id, task.state]));
    expect(states).toMatchObject({
      promote: 'success',
      'keep-in-staging': 'skipped',
      alert: 'skipped',
      'train/random-forest': 'success',
    });

    const second = millrace(directory, 'start');
    const two = JSON.parse(second.stdout) as StartSummary;
    expect(two.champion).toEqual({ before: '1', after: '1' });

    const models = JSON.parse(millrace(directory, 'models').stdout) as ModelView[];
    expect(models[0]?.versions.map(({ version, stage, aliases }) => ({ version, stage, aliases }))).toEqual([
      { version: '2', stage: 'Staging', aliases: [] },
      { version: '1', stage: 'Production', aliases: ['champion'] },
    ]);
    expect(models[0]?.events.map(({ what, reason }) => [what, reason])).toEqual([
      ['None -> Staging', expect.stringContaining('of version 1 on the same 200 rows: equal')],
      ['compared with version 1', expect.stringContaining('of version 1 on the same 200 rows: equal')],
      ['registered', ''],
      ['None -> Production, champion (before: none)', expect.stringContaining('no version is champion yet')],
      ['registered', ''],
    ]);
  }, 240_000);

  it('refuses params outside their schema before anything starts', () => {
    const before = JSON.parse(millrace(directory, 'runs').stdout) as unknown[];
    const refused = millrace(directory, 'run', 'credit-risk', '--params', '{"minimumAuc": 3, "nope": 1}');
    expect(refused.code).toBe(2);
    const { error } = JSON.parse(refused.stdout) as { error: { name: string; message: string } };
    expect(error.name).toBe('Millrace.InvalidParams');
    expect(error.message).toContain('minimumAuc');
    expect(error.message).toContain('nope');
    expect(JSON.parse(millrace(directory, 'runs').stdout)).toHaveLength(before.length);
  }, 120_000);

  it('tells a missing source file, fails the run, and leaves the registry as it was', () => {
    const models = millrace(directory, 'models').stdout;
    const failed = millrace(directory, 'run', 'credit-risk', '--params', '{"source": "raw/absent.csv"}');
    expect(failed.code).toBe(1);
    const run = JSON.parse(failed.stdout) as StartSummary['run'];
    expect(run.tasks.find((task) => task.id === 'ingest')).toMatchObject({
      state: 'failed',
      attempt: 1,
      error: { message: expect.stringContaining('raw/absent.csv') },
    });
    expect(run.tasks.find((task) => task.id === 'register')?.state).toBe('upstream_failed');
    expect(millrace(directory, 'models').stdout).toBe(models);
  }, 120_000);

  it('asks back when a pipeline or a run is unknown', () => {
    const pipeline = millrace(directory, 'run', 'credit-rsik');
    expect(pipeline.code).toBe(2);
    expect(pipeline.stderr).toContain("Did you mean 'credit-risk'?");
    expect(millrace(directory, 'show', 'nothing').code).toBe(2);
  }, 60_000);
});
