/** Every end of a branch of model-lifecycle, on real rows and on rows with turned labels. */
import { listRuns } from '../../lib/orchestration/list-runs';
import { getVersionByAlias, listVersions } from '../../lib/tracking/model-versions';
import { asCsv, customers, noisy } from '../support/customers';
import { startPipelinesCloud, type PipelinesCloud } from '../support/pipelines-cloud';

let at: PipelinesCloud;
const rows = customers();

beforeAll(async () => {
  at = await startPipelinesCloud();
  await at.upload('telecom_churn.csv');
  // A model cannot know labels that were turned at random: its accuracy falls by about their share.
  await at.upload('some-noise.csv', asCsv(noisy(rows, 0.08, 1)));
  await at.upload('much-noise.csv', asCsv(noisy(rows, 0.3, 2)));
}, 180_000);
afterAll(async () => at.stop());

interface Measured {
  readonly metrics: { readonly accuracy: number };
}

const accuracyOf = (outputs: Readonly<Record<string, unknown>>) =>
  (outputs['measured'] as Measured).metrics.accuracy;

describe('model-lifecycle', () => {
  it('sends an accurate model to production', async () => {
    const run = await at.run('model-lifecycle');
    expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
    expect(accuracyOf(run.outputs)).toBeGreaterThanOrEqual(0.9);
    expect(run.tasks).toMatchObject({
      'to-production': 'success',
      'to-staging': 'skipped',
      alert: 'skipped',
    });
    expect(await getVersionByAlias('customer-lifecycle', 'champion')).toMatchObject({
      version: '1',
      stage: 'Production',
    });
  }, 180_000);

  it('sends one in between to staging; the one in production stays', async () => {
    const run = await at.run('model-lifecycle', { source: 'raw/some-noise.csv' });
    const accuracy = accuracyOf(run.outputs);
    expect(accuracy).toBeGreaterThanOrEqual(0.85);
    expect(accuracy).toBeLessThan(0.9);
    expect(run.tasks).toMatchObject({ 'to-production': 'skipped', 'to-staging': 'success' });
    expect(await getVersionByAlias('customer-lifecycle', 'challenger')).toMatchObject({
      version: '2',
      stage: 'Staging',
    });
    expect((await getVersionByAlias('customer-lifecycle', 'champion'))?.version).toBe('1');
  }, 180_000);

  it('trains a weak one again with more rows, twice, and then tells people', async () => {
    const before = (await listRuns('model-lifecycle', 50)).map(({ runId }) => runId);
    const first = await at.run('model-lifecycle', { source: 'raw/much-noise.csv', window: 'quarter' });
    const second = await at.nextRun('model-lifecycle', [...before, first.runId]);
    const third = await at.nextRun('model-lifecycle', [...before, first.runId, second.runId]);
    const ends = [first, second, third].map(({ outputs, tasks }) => {
      expect(accuracyOf(outputs)).toBeLessThan(0.85);
      return [tasks['retrain-with-half'], tasks['retrain-with-all'], tasks['alert']];
    });
    expect(ends).toEqual([
      ['success', 'skipped', 'skipped'],
      ['skipped', 'success', 'skipped'],
      ['skipped', 'skipped', 'success'],
    ]);
    expect(at.subjects()).toEqual(['customer-lifecycle: the model is too weak']);
    // Three versions more, which nobody uses: a fifth of a quarter, of half and of all rows was held out.
    const versions = await listVersions('customer-lifecycle');
    expect(versions.map(({ version, stage, tags }) => [version, stage, tags['test_rows']])).toEqual([
      ['5', 'None', String(rows.length / 5)],
      ['4', 'None', String(rows.length / 10)],
      ['3', 'None', '158'],
      ['2', 'Staging', String(rows.length / 5)],
      ['1', 'Production', String(rows.length / 5)],
    ]);
  }, 180_000);
});
