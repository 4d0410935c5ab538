import '../support/quiet-telemetry';
import { handler as anomalies } from '../../lambdas/detect-anomalies/handler';
import { handler as outliers } from '../../lambdas/detect-outliers/handler';
import { handler as infer } from '../../lambdas/infer-suite/handler';
import { handler as ingest } from '../../lambdas/ingest-csv/handler';
import { handler as validate } from '../../lambdas/validate-dataset/handler';
import type { OutputOf } from '../../lib/tasks/contract';
import type { DatasetRef } from '../../lib/tasks/dataset';
import type { detectAnomalies } from '../../lib/tasks/detect-anomalies';
import type { detectOutliers } from '../../lib/tasks/detect-outliers';
import type { inferSuite } from '../../lib/tasks/infer-suite';
import type { validateDataset } from '../../lib/tasks/validate-dataset';
import { objects, runTask } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

async function dataset(rows: readonly string[]): Promise<DatasetRef> {
  await objects().putBytes('raw/sales.csv', ['day,shop,amount', ...rows].join('\n'));
  const input = { source: 'raw/sales.csv', name: 'sales' };
  return (await runTask<{ readonly dataset: DatasetRef }>(ingest, input)).dataset;
}

const usual = Array.from(
  { length: 40 },
  (_, i) => `2026-01-${String((i % 9) + 10)},${'ab'[i % 2]},${100 + (i % 7)}`,
);

it('infers a suite that its own data meets and other data does not', async () => {
  const { suite, file } = await runTask<OutputOf<typeof inferSuite>>(infer, {
    dataset: await dataset(usual),
    name: 'sales',
  });
  expect(await objects().getJson(file.uri)).toEqual(suite);
  expect(suite.expectations.map(({ type }) => type)).toEqual([
    'expect_table_schema_to_match',
    'expect_table_row_count_to_be_between',
    'expect_column_values_to_not_be_null',
    'expect_column_values_to_not_be_null',
    'expect_column_values_to_be_in_set',
    'expect_column_values_to_not_be_null',
    'expect_column_values_to_be_between',
    'expect_column_mean_to_be_between',
  ]);
  const ask = async (rows: readonly string[]) =>
    runTask<OutputOf<typeof validateDataset>>(validate, { dataset: await dataset(rows), suite });
  expect(await ask(usual)).toMatchObject({ success: true, evaluated: 8 });
  expect(await ask([...usual, '2026-01-12,a,900'])).toMatchObject({ success: false, failed: { warning: 2 } });
  await expect(ask([...usual, '2026-01-12,<c>,100'])).rejects.toThrow(
    'expect_column_values_to_be_in_set (shop): 1 of 41 values fail, e.g. <c>',
  );
  const pages = await objects().list('reports/');
  const page = await objects().getText(pages.filter(({ key }) => key.endsWith('.html')).at(-1)?.key ?? '');
  expect(page).toContain('Values or rows that fail, %');
  expect(page).toContain('<svg');
  expect(page).toContain('&lt;c&gt;');
  expect(page).not.toContain('<c>');
});

it('compares a dataset with its history, which a rerun does not spoil', async () => {
  const ask = async (n: number, rows: readonly string[], more: object = {}) => {
    const logicalDate = new Date(Date.UTC(2026, 2, n)).toISOString();
    const input = { dataset: await dataset(rows), ...more };
    return runTask<OutputOf<typeof detectAnomalies>>(anomalies, input, { run: { logicalDate } });
  };
  for (let n = 1; n <= 5; n++)
    expect(await ask(n, usual.slice(n % 3))).toMatchObject({ success: true, history: n - 1, checked: 0 });
  expect(await ask(5, usual)).toMatchObject({ history: 4 });
  expect(await ask(6, usual)).toMatchObject({ success: true, history: 5, anomalies: [] });
  const large = usual.map((row) => `${row}0`);
  const found = await ask(7, large);
  expect(found).toMatchObject({ success: false, history: 6 });
  expect(found.anomalies.map(({ column, what }) => `${column} ${what}`)).toEqual(
    expect.arrayContaining(['amount mean', 'amount p50']),
  );
  const page = await objects().getText(found.report.uri);
  expect(page).toContain('mean of amount is 1028.8');
  expect(page).toContain('<svg');
  await expect(ask(7, large, { severities: { mean: 'critical' } })).rejects.toThrow(
    "1 critical figure of 'sales' is unlike the history:\n  mean of amount is 1028.8",
  );
  expect((await objects().list('datasets/credit-risk/sales/history/')).map(({ key }) => key)).toHaveLength(7);
});

it('finds outliers among the rows', async () => {
  const rows = [...usual, '2026-01-12,a,900', '2026-01-12,a,'];
  const ask = async (input: object) =>
    runTask<OutputOf<typeof detectOutliers>>(outliers, { dataset: await dataset(rows), ...input });
  const found = await ask({});
  expect(found).toMatchObject({ success: true, count: 1, share: 1 / 42 });
  const [line = ''] = (await objects().getText(found.outliers.uri)).split('\n');
  expect(JSON.parse(line)).toMatchObject({ row: 41, columns: ['amount'], cells: { amount: 900 } });
  expect(await ask({ method: 'isolation-forest', contamination: 0.02 })).toMatchObject({ count: 1 });
  await expect(ask({ maxShare: 0.01, severity: 'critical' })).rejects.toThrow('1 of 42 rows');
  await expect(ask({ columns: ['amuont'] })).rejects.toThrow("Did you mean 'amount'?");
});
