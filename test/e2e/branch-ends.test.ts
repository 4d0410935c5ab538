/** Ends of credit-risk and churn: what each leaves outside of the run, and whether its figures are right. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../lib/ml/random';
import type { JsonObject } from '../../lib/model/json';
import { readHeldOut, scoresOf } from '../../lib/serving/held-out-scores';
import type { FeatureSet } from '../../lib/tasks/dataset';
import { getVersion, getVersionByAlias, listVersions } from '../../lib/tracking/model-versions';
import { asCsv, customers } from '../support/customers';
import { ROOT } from '../support/millrace';
import { startPipelinesCloud, type EndedRun, type PipelinesCloud } from '../support/pipelines-cloud';
import { shuffledLabels } from '../support/story/world';
import { temporaryProject } from '../support/temporary-project';

const project = temporaryProject(
  Object.fromEntries(
    ['credit-risk', 'churn'].map((id) => [
      `pipelines/${id}.ts`,
      readFileSync(join(ROOT, 'pipelines', `${id}.ts`), 'utf8'),
    ]),
  ),
);
const rows = customers();
let at: PipelinesCloud;

beforeAll(async () => {
  at = await startPipelinesCloud({ projectRoot: project.root });
  for (const file of ['german_credit.csv', 'telecom_churn.csv']) await at.upload(file);
}, 180_000);
afterAll(async () => {
  await at.stop();
  project.remove();
});

const succeeded = async (pipeline: string, params?: JsonObject): Promise<EndedRun> => {
  const run = await at.run(pipeline, params);
  expect({ status: run.status, errors: run.errors }).toEqual({ status: 'success', errors: {} });
  return run;
};

/** Stages and aliases of all versions, newest first. */
async function versionsOf(name: string): Promise<unknown[]> {
  const champion = (await getVersionByAlias(name, 'champion'))?.version;
  return (await listVersions(name)).map(({ version, stage }) => [
    version,
    stage,
    ...(version === champion ? ['champion'] : []),
  ]);
}

/**
 * AUC by its definition: share of the pairs of a positive and a negative that are in the right order.
 * @param part column and value of the rows that count; all without it
 */
async function aucAgain(
  run: EndedRun,
  name: string,
  version: string,
  part?: readonly [column: string, value: string],
): Promise<number> {
  const { test } = run.outputs['features'] as unknown as { test: FeatureSet };
  const held = await readHeldOut(at.objects, test.dataset, test.target, test.classes);
  const { source } = await getVersion(name, version);
  const scores = (await scoresOf(at.objects, { uri: `${source.replace(/\/$/, '')}/` }, held))[1] ?? [];
  const values = held.columns.find((column) => column.name === part?.[0])?.values ?? [];
  const counts = (row: number) => part === undefined || values[row] === part[1];
  const of = (label: number) => [...scores].filter((_, row) => held.target[row] === label && counts(row));
  let won = 0;
  for (const yes of of(1)) for (const no of of(0)) won += yes > no ? 1 : yes === no ? 0.5 : 0;
  return won / (of(1).length * of(0).length);
}

const page = (run: string, name: string) => at.objects.getText(`reports/credit-risk/${run}/${name}.html`);
/** What the address that stays leads to. */
const latestPages = async () =>
  [...(await page('latest', 'index')).matchAll(/<li><a href="(.*?)\.html"/g)].map(([, name]) => name);

describe('credit-risk', () => {
  it('tells people when no model is good enough, and registers nothing', async () => {
    const run = await succeeded('credit-risk', { minimumAuc: 0.99 });
    expect(run.tasks).toMatchObject({ alert: 'success', register: 'skipped', promote: 'skipped' });
    expect(at.subjects()).toEqual(['credit-risk: no model is good enough']);
    await expect(listVersions('credit-risk')).rejects.toThrow(/not found/);
  }, 120_000);

  it('promotes the first good one; its AUC is what the rows say', async () => {
    const run = await succeeded('credit-risk');
    expect(run.tasks).toMatchObject({ promote: 'success', 'keep-in-staging': 'skipped', alert: 'skipped' });
    expect(await versionsOf('credit-risk')).toEqual([['1', 'Production', 'champion']]);
    const told = Number((await getVersion('credit-risk', '1')).tags['test_auc']);
    expect(told).toBeCloseTo(await aucAgain(run, 'credit-risk', '1'), 6);
    const { json } = run.outputs['model-card'] as unknown as { json: { uri: string } };
    const { slices } = JSON.parse(await at.objects.getText(json.uri)) as {
      slices: { column: string; value: string; metric: number }[];
    };
    expect([...new Set(slices.map(({ column }) => column))]).toEqual([
      'personal_status_sex',
      'age_years',
      'foreign_worker',
    ]);
    const men = slices.find(({ value }) => value === 'A93')?.metric;
    expect(men).toBeCloseTo(await aucAgain(run, 'credit-risk', '1', ['personal_status_sex', 'A93']), 6);
    expect(await latestPages()).toEqual(expect.arrayContaining(['evaluate', 'model-card', 'validate']));
    expect(await page('latest', 'model-card')).toBe(await page(run.runId, 'model-card'));
  }, 120_000);

  it('tells people when the model in production has become worse', async () => {
    const [head = '', ...lines] = readFileSync(join(ROOT, 'data', 'german_credit.csv'), 'utf8')
      .trimEnd()
      .split('\n');
    const random = new Random(3);
    const turned = lines.map((line) => {
      const risk = line.endsWith('good') ? 'bad' : 'good';
      return random.below(10) < 3 ? line.replace(/(?:good|bad)$/, risk) : line;
    });
    await at.upload('turned.csv', [head, ...turned].join('\n'));
    const run = await succeeded('credit-risk', { source: 'raw/turned.csv', minimumAuc: 0.3 });
    expect(run.tasks).toMatchObject({ 'drift-alert': 'success', 'keep-in-staging': 'success' });
    expect(at.subjects()).toContain('credit-risk: the model in production has become worse');
    const before = Number((await getVersion('credit-risk', '1')).tags['test_auc']);
    const { drop } = run.outputs['compare'] as unknown as { drop: number };
    expect(drop).toBeCloseTo(before - (await aucAgain(run, 'credit-risk', '1')), 6);
    expect(drop).toBeGreaterThan(0.05);
  }, 120_000);

  it('keeps one that is no better in staging', async () => {
    const run = await succeeded('credit-risk');
    expect(run.tasks).toMatchObject({
      promote: 'skipped',
      'keep-in-staging': 'success',
      'drift-alert': 'skipped',
    });
    expect(await versionsOf('credit-risk')).toEqual([
      ['3', 'Staging'],
      ['2', 'Staging'],
      ['1', 'Production', 'champion'],
    ]);
  }, 120_000);

  it('fails when an application cannot be, and changes nothing', async () => {
    const text = readFileSync(join(ROOT, 'data', 'german_credit.csv'), 'utf8');
    const [head = '', first = '', ...rest] = text.trimEnd().split('\n');
    const age = head.split(',').indexOf('age_years');
    const young = first.split(',').with(age, '7').join(',');
    await at.upload('young.csv', [head, young, ...rest].join('\n'));
    const run = await at.run('credit-risk', { source: 'raw/young.csv' });
    expect(run.status).toBe('failed');
    expect(await page(run.runId, 'validate')).toContain('age_years');
    expect(await page('latest', 'index')).not.toContain(run.runId);
    expect(run.errors['validate']).toContain('expect_column_values_to_be_between (age_years)');
    expect(await versionsOf('credit-risk')).toHaveLength(3);
  }, 120_000);
});

describe('churn', () => {
  it('promotes the first; its AUC is what the rows say', async () => {
    const run = await succeeded('churn');
    expect(run.tasks).toMatchObject({ promote: 'success', alert: 'skipped' });
    expect(run.outputs['anomalies']).toMatchObject({ success: true, anomalies: [] });
    const told = Number((await getVersion('churn', '1')).tags['test_auc']);
    expect(told).toBeCloseTo(await aucAgain(run, 'churn', '1'), 6);
  }, 120_000);

  it('alerts the team when nothing can be learned, even if it looks better than the champion', async () => {
    await at.upload('shuffled.csv', asCsv(shuffledLabels(rows, 1)));
    const run = await succeeded('churn', { source: 'raw/shuffled.csv', minimumImprovement: 0 });
    expect(run.tasks).toMatchObject({ promote: 'skipped', alert: 'success' });
    expect(Number((await getVersion('churn', '2')).tags['test_auc'])).toBeLessThan(0.65);
    expect(await versionsOf('churn')).toEqual([
      ['2', 'None'],
      ['1', 'Production', 'champion'],
    ]);
    expect(at.subjects()).toContain('churn: the model in production stays');
  }, 120_000);

  it('fails on a file that is cut off; the champion stays', async () => {
    await at.upload('cut.csv', asCsv(rows.slice(0, 300)));
    const run = await at.run('churn', { source: 'raw/cut.csv' });
    expect(run.status).toBe('failed');
    expect(run.errors['validate']).toContain('expect_table_row_count_to_be_between: observed 300');
    expect(await versionsOf('churn')).toHaveLength(2);
  }, 120_000);
});
