/** What the console says of data and of the models that are watched: out of the records of tasks, and of feature groups. */
import { orchestrationTable } from '../../lib/aws/tables';
import type { Catalogue } from '../../lib/console/catalogue';
import type { ConsoleOptions } from '../../lib/console/console-options';
import { readDatasetChecks } from '../../lib/console/queries/dataset-checks';
import { readFeatureGroups } from '../../lib/console/queries/feature-groups';
import { readWatch } from '../../lib/console/queries/watch';
import type { Json } from '../../lib/model/json';
import { listingKey, taskKey } from '../../lib/orchestration/keys';
import { declareGroup } from '../../lib/serving/feature-groups';
import { startLocalAws, type LocalAws } from '../support/local-aws';

const task = (id: string, contract: string, more: object = {}) => ({
  id,
  state: id,
  kind: 'task',
  contract,
  needs: [],
  ...more,
});
const catalogue = {
  stage: 'test',
  code: { commit: 'abc', dirty: false },
  failures: [],
  pipelines: [
    {
      id: 'watcher',
      tasks: [
        task('check', 'validate-dataset'),
        task('unusual', 'detect-anomalies'),
        task('describe', 'profile-dataset'),
        task('drift', 'detect-drift', { watches: 'churn' }),
        task('decay', 'measure-decay', { watches: 'churn' }),
        task('others', 'detect-drift', { watches: 'credit' }),
      ],
    },
  ],
} as unknown as Catalogue;
const options: ConsoleOptions = {
  catalogue: async () => catalogue,
  where: 'local',
  by: 'ann',
  readOnly: true,
  now: () => new Date(),
};

describe('data and drift in the console', () => {
  let aws: LocalAws;

  async function record(day: number, outputs: Readonly<Record<string, Json>>): Promise<void> {
    const at = `2026-01-0${day}T00:00:00.000Z`;
    const runId = `watcher--schedule--${day}`;
    await orchestrationTable().put({
      ...listingKey('watcher', at, runId),
      runId,
      pipeline: 'watcher',
      status: 'success',
      trigger: 'schedule',
      logicalDate: at,
      startedAt: at,
      execution: 'x',
    });
    for (const [id, out] of Object.entries(outputs))
      await orchestrationTable().put({
        ...taskKey(runId, id),
        task: id,
        status: 'success',
        attempt: 1,
        execution: 'x',
        startedAt: at,
        result: { status: 'success', out },
      });
  }
  const dataset = (sha256: string) => ({ name: 'customers', sha256, rows: 500, uri: 's3://data/x.parquet' });
  const report = { uri: 's3://data/reports/watcher/x.html' };

  beforeAll(async () => {
    aws = await startLocalAws();
    await record(1, {
      check: {
        dataset: dataset('aa'),
        success: true,
        evaluated: 12,
        failed: { critical: 0, warning: 0, info: 0 },
        report,
      },
      describe: { dataset: dataset('aa'), alerts: ['age: 40 % are missing'], report },
      drift: { drifted: false, reason: 'No feature drifted.', driftedShare: 0, report },
      decay: {
        decayed: false,
        reason: 'As before.',
        metric: 'auc',
        current: 0.9,
        low: 0.88,
        high: 0.92,
        baseline: 0.91,
      },
    });
    await record(2, {
      check: {
        dataset: dataset('bb'),
        success: false,
        evaluated: 12,
        failed: { critical: 0, warning: 2, info: 1 },
        report,
      },
      unusual: {
        dataset: dataset('bb'),
        success: false,
        checked: 30,
        anomalies: [{ column: 'age', what: 'mean', value: 9, low: 1, high: 3, severity: 'warning' }],
        report,
      },
      drift: { drifted: true, reason: 'age drifted.', driftedShare: 0.25, report },
      // Of an older version of the contract.
      decay: { worse: true },
    });
  }, 60_000);
  afterAll(async () => aws.stop());

  it('tells what checks found of a dataset, newest first', async () => {
    const checks = await readDatasetChecks(options, 'customers');
    expect(checks.map(({ kind, dataset: of, passed, summary }) => [kind, of, passed, summary])).toEqual([
      ['validation', 'bb', false, '12 expectations, not met: 2 warning, 1 info'],
      ['anomalies', 'bb', false, '30 figures, age mean'],
      ['validation', 'aa', true, '12 expectations, all met'],
      ['profile', 'aa', null, 'age: 40 % are missing'],
    ]);
    expect(checks[0]).toMatchObject({
      rows: 500,
      report: 'reports/watcher/x.html',
      runId: 'watcher--schedule--2',
    });
    expect(await readDatasetChecks(options, 'orders')).toEqual([]);
  });

  it('draws drift and decay of one model over the runs that watched it', async () => {
    const { series } = await readWatch(options, 'churn');
    expect(series).toMatchObject([
      {
        task: 'drift',
        kind: 'drift',
        points: [
          { logicalDate: '2026-01-01T00:00:00.000Z', alarmed: false, value: 0 },
          { logicalDate: '2026-01-02T00:00:00.000Z', alarmed: true, value: 0.25, reason: 'age drifted.' },
        ],
      },
      {
        task: 'decay',
        kind: 'decay',
        metric: 'auc',
        points: [{ value: 0.9, low: 0.88, high: 0.92, baseline: 0.91 }],
      },
    ]);
    expect(await readWatch(options, 'credit')).toEqual({ series: [] });
  });

  it('lists feature groups with the features that were added later', async () => {
    const group = { name: 'usage', entity: ['customer'], eventTime: 'at' };
    await declareGroup(group, [{ name: 'calls', type: 'integer' }]);
    await declareGroup(group, [{ name: 'minutes', type: 'number' }]);
    expect(await readFeatureGroups()).toEqual([
      {
        ...group,
        features: [
          { name: 'calls', type: 'integer' },
          { name: 'minutes', type: 'number' },
        ],
      },
    ]);
  });
});
