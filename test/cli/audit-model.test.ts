import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelAudit } from '../../lib/cli/model-audit';
import { deployVersion, rollbackEndpoint } from '../../lib/serving/change-endpoint';
import { createVersion } from '../../lib/tracking/model-versions';
import { promote } from '../../lib/tracking/promotion';
import { rollback } from '../../lib/tracking/rollback';
import { startTrackingEndpoint, type TrackingEndpoint } from '../support/tracking-endpoint';

let millrace: TrackingEndpoint;
const directory = mkdtempSync(join(tmpdir(), 'millrace-audit-'));
const strategy = { kind: 'all-at-once' } as const;

beforeAll(async () => {
  millrace = await startTrackingEndpoint();
  for (const version of ['1', '2'])
    await createVersion({
      name: 'churn',
      source: `s3://b/${version}/`,
      runId: '',
      by: 'pipeline',
      description: 'trained on <all> rows',
      lineage: {
        pipeline: 'churn',
        logicalRun: 'churn--1',
        task: 'register',
        execution: 'arn:x',
        commit: 'abc123',
        dirty: false,
        codeHash: 'c0de',
        datasets: [{ name: 'rows', uri: 's3://b/rows', sha256: 'aa'.repeat(32), context: 'train' }],
      },
      idempotencyKey: version,
    });
  const alias = { name: 'churn', alias: 'champion', archiveExisting: false, by: 'ann', reason: 'better' };
  await promote({ ...alias, version: '1' });
  await promote({ ...alias, version: '2' });
  const at = { endpoint: 'churn', by: 'ann' };
  await deployVersion({ ...at, model: 'churn', version: '1', strategy, reason: 'first' });
  await deployVersion({ ...at, model: 'churn', version: '2', strategy, reason: 'new champion' });
  await rollbackEndpoint({ ...at, by: 'alarm', reason: 'failures' });
  await rollback({ name: 'churn', alias: 'champion', by: 'bob', reason: 'the alarm was right' });
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await millrace.stop();
});

it('tells the whole story of a version, in order, and what it does now', async () => {
  const audit = await millrace.json<ModelAudit>('audit-model', 'churn', '2');
  expect(audit.story.map(({ what, by }) => `${what}, by ${by}`)).toEqual([
    'create, by pipeline',
    'promote, alias champion from 1 to 2, by ann',
    'deploy at endpoint churn, from 1 to 2, by ann',
    'rollback at endpoint churn, from 2 to 1, by alarm',
    'rollback of version 1, alias champion from 2 to 1, by bob',
  ]);
  expect(audit.aliases).toEqual([]);
  expect(audit.serving).toEqual([]);
  const kinds = audit.lineage.nodes.map(({ kind }) => kind);
  for (const kind of ['version', 'dataset', 'code', 'execution']) expect(kinds).toContain(kind);
  const first = await millrace.json<ModelAudit>('audit-model', 'churn', '1');
  expect(first.aliases).toEqual(['champion']);
  expect(first.serving).toEqual([{ endpoint: 'churn', as: 'stable' }]);
});

it('writes a page in which what others wrote is text', async () => {
  const file = join(directory, 'audit.html');
  expect((await millrace.run('audit-model', 'churn', '2', '--html', file)).code).toBe(0);
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('trained on &lt;all&gt; rows');
  expect(page).toContain('the alarm was right');
  expect(page).toContain('abc123');
});

it('names the versions that there are', async () => {
  const { code, stderr } = await millrace.run('audit-model', 'churn', '9');
  expect(code).toBe(2);
  expect(stderr).toContain('There is no version 9 of churn.');
  expect(stderr).toContain('Versions: 2, 1.');
});
