import { createExperiment } from '../../lib/tracking/experiments';
import { logBatch } from '../../lib/tracking/log-batch';
import { createRun } from '../../lib/tracking/runs';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
const runIds = ['a', 'b', 'c'].map((digit) => digit.repeat(32));

beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  const { id } = await createExperiment('wine');
  for (const [i, runId] of runIds.entries()) {
    await createRun({ runId, experimentId: id, runName: `try-${i}`, startTime: 1000 + i, tags: {} });
    await logBatch(runId, {
      metrics: [{ key: 'auc', value: [0.7, 0.9, 0.8][i]!, timestamp: 5, step: 0 }],
      params: { 'a rather long name of a param that nobody would choose': 'x'.repeat(90), depth: String(i) },
    });
  }
});
afterAll(async () => millrace.stop());

interface Found {
  readonly name: string;
  readonly values: Record<string, unknown>;
}

describe('millrace experiments search', () => {
  it('filters, sorts, limits and shows the columns asked for', async () => {
    const found = await millrace.json<Found[]>(
      'experiments',
      'search',
      "metrics.auc >= 0.8 and params.depth != '7'",
      '--experiment',
      'wine',
      '--order-by',
      'metrics.auc DESC',
      '--columns',
      'metrics.auc,params.depth,tags.none',
      '--limit',
      '2',
    );
    expect(found.map(({ name, values }) => ({ name, values }))).toEqual([
      { name: 'try-1', values: { 'metrics.auc': 0.9, 'params.depth': '1', 'tags.none': null } },
      { name: 'try-2', values: { 'metrics.auc': 0.8, 'params.depth': '2', 'tags.none': null } },
    ]);
  });

  it('takes all runs, latest first, when nothing is asked', async () => {
    const found = await millrace.json<Found[]>('experiments', 'search');
    expect(found.map(({ name }) => name)).toEqual(['try-2', 'try-1', 'try-0']);
  });

  it('is also `runs search`, beside the runs of pipelines', async () => {
    const found = await millrace.json<Found[]>('runs', 'search', 'metrics.auc > 0', '--limit', '1');
    expect(found.map(({ name }) => name)).toEqual(['try-2']);
    expect(await millrace.json('runs')).toEqual([]);
  });

  it('fits 80 columns', async () => {
    const { code, stdout } = await millrace.run(
      'experiments',
      'search',
      '--columns',
      'params.`a rather long name of a param that nobody would choose`,attributes.run_id,metrics.auc',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('try-1');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([
    [['metrics.auc >'], 'Expected numeric value'],
    [['nothing.auc > 3'], "Invalid entity type 'nothing'"],
    [['', '--order-by', 'metrics.auc SIDEWAYS'], 'Invalid order_by clause'],
    [['', '--columns', 'attributes.nope'], "Invalid attribute key 'nope'"],
    [['', '--experiment', 'wien'], "There is no experiment 'wien'"],
    [['', '--limit', '0'], 'not a whole number'],
  ])('refuses %j with a remedy', async (args, message) => {
    const { code, stderr } = await millrace.run('experiments', 'search', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('remedy');
  });

  it('leaves the plain command and its help as they were', async () => {
    const { stdout } = await millrace.run('experiments', 'wine');
    expect(stdout).toContain('try-1');
    const help = await millrace.run('experiments', 'search', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('--order-by');
    expect(help.stdout).toContain('--json');
  });
});
