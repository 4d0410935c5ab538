import '../support/quiet-telemetry';
import { handler as ingest } from '../../lambdas/ingest-csv/handler';
import { handler as transform } from '../../lambdas/transform/handler';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { objects, runTask, valuesOf } from '../support/data-task';
import { startLocalAws, type LocalAws } from '../support/local-aws';

interface Made {
  readonly dataset: DatasetRef;
}

let aws: LocalAws;
let sales: DatasetRef;

beforeAll(async () => {
  aws = await startLocalAws();
  await objects().putBytes(
    'raw/sales.csv',
    'day,shop,amount\n2026-01-01,a,1\n2026-01-02,a,3\n2026-01-01,b,\n',
  );
  sales = (await runTask<Made>(ingest, { source: 'raw/sales.csv', name: 'sales' })).dataset;
});
afterAll(() => aws.stop());

it('makes a dataset of another, the same for a retry and another run', async () => {
  const input = {
    inputs: { sales },
    name: 'lagged',
    steps: [
      { step: 'impute', columns: ['amount'], strategy: 'constant', value: 0 },
      { step: 'window', by: ['shop'], orderBy: ['day'], columns: { before: { fn: 'lag', of: 'amount' } } },
    ],
  };
  const { dataset } = await runTask<Made>(transform, input);
  expect(dataset).toMatchObject({
    uri: `s3://millrace-test-data/datasets/credit-risk/lagged/${dataset.sha256}.parquet`,
    rows: 3,
    columns: [...sales.columns, { name: 'before', type: 'integer' }],
    made: { by: 'transform', from: [sales.uri] },
  });
  expect(await valuesOf(dataset)).toMatchObject({ amount: [1, 3, 0], before: [null, 1, null] });
  expect((await runTask<Made>(transform, input)).dataset.uri).toBe(dataset.uri);
});

it('refuses a wrong name and an empty result, and writes nothing', async () => {
  const before = await objects().list('datasets/');
  const ask = async (steps: object[], more: object = {}) =>
    runTask<Made>(transform, { inputs: { sales }, name: 'x', steps, ...more });
  await expect(ask([{ step: 'select', columns: ['amout'] }])).rejects.toThrow("Did you mean 'amount'?");
  await expect(ask([{ step: 'fliter' }])).rejects.toThrow('steps');
  const none = [{ step: 'filter', where: { column: 'amount', op: '>', value: 9 } }];
  await expect(ask(none)).rejects.toThrow('leave no rows');
  expect(await objects().list('datasets/')).toEqual(before);
  expect((await ask(none, { allowEmpty: true })).dataset.rows).toBe(0);
});
