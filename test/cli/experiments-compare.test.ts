import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createExperiment } from '../../lib/tracking/experiments';
import { logBatch } from '../../lib/tracking/log-batch';
import { createRun } from '../../lib/tracking/runs';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
const folder = mkdtempSync(join(tmpdir(), 'millrace-compare-'));
const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];

beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  const { id } = await createExperiment('wine');
  for (const [i, runId] of [a, b, c, `${'a'.repeat(31)}b`].entries()) {
    await createRun({ runId, experimentId: id, runName: `try <${i}>`, startTime: 1000 + i, tags: {} });
    await logBatch(runId, {
      metrics: [0, 1, 2].map((step) => ({
        key: 'auc',
        value: 0.5 + i / 10 + step / 100,
        timestamp: 5,
        step,
      })),
      params: { depth: String(i), kind: ['gini', 'gini', 'entropy', 'gini'][i]!, seed: '1' },
    });
  }
  await logBatch(b, { metrics: [{ key: 'loss', value: Number.NaN, timestamp: 5, step: 0 }] });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await millrace.stop();
});

describe('millrace experiments compare', () => {
  it('has the params that differ and the metrics side by side', async () => {
    expect(await millrace.json('experiments', 'compare', a, 'bbbb', 'cccccc')).toMatchObject({
      runs: [{ runId: a }, { runId: b }, { runId: c }],
      params: { depth: ['0', '1', '2'], kind: ['gini', 'gini', 'entropy'] },
      sameParams: 1,
      metrics: { auc: [0.52, 0.62, 0.72], loss: [null, 'NaN', null] },
    });
  });

  it('fits 80 columns', async () => {
    const { code, stdout } = await millrace.run('experiments', 'compare', a, b, c);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^depth +0 +1 +2$/m);
    expect(stdout).toMatch(/^loss +- +NaN +-$/m);
    expect(stdout).not.toContain('seed');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('writes a page that needs nothing from elsewhere, the same bytes each time', async () => {
    const file = join(folder, 'deep', 'compare.html');
    const write = async () => {
      const { code, stderr } = await millrace.run('experiments', 'compare', a, b, c, '--html', file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: `Wrote ${file}\n` });
      return readFileSync(file, 'utf8');
    };
    const page = await write();
    for (const heading of ['Parallel coordinates', 'What auc depends on', 'Metrics over steps'])
      expect(page).toContain(`<h2>${heading}</h2>`);
    for (const chart of ['Params and metrics of each run', 'auc by depth', 'auc by kind', 'auc over steps'])
      expect(page).toContain(`aria-label="${chart}"`);
    expect(page).not.toMatch(/<script|<link|src=|href="http|try <0>/);
    expect(await write()).toBe(page);
  });

  it.each([
    [[a], 'One run alone'],
    [[a, a], 'One run alone'],
    [[a, 'dddd'], "There is no tracked run 'dddd'"],
    [[b, 'aaaa'], "2 tracked runs begin with 'aaaa'"],
    [[a, b, '--metric', 'rmse'], "None of these runs has the metric 'rmse'"],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await millrace.run('experiments', 'compare', ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
