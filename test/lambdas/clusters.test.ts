/** Rows parted into clusters, and other rows given theirs by the file of the model. */
import '../support/quiet-telemetry';
import { handler as predictBatch } from '../../lambdas/predict-batch/handler';
import { handler as trainKMeans } from '../../lambdas/train-k-means/handler';
import { readParquet } from '../../lib/data/read-parquet';
import type { Json } from '../../lib/model/json';
import type { DatasetRef } from '../../lib/tasks/dataset';
import { outputOf, storeDataset, testObjects, type Columns } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.stop());

/** Three heaps of 20 rows, and a gap. */
const heaps: Columns = {
  id: ['integer', Array.from({ length: 60 }, (_, row) => row)],
  size: ['number', Array.from({ length: 60 }, (_, row) => (row === 7 ? null : (row % 3) * 10 + row / 100))],
  kind: ['string', Array.from({ length: 60 }, (_, row) => 'abc'[row % 3]!)],
};
const valuesOf = async ({ uri, columns }: DatasetRef, name: string) =>
  (await readParquet(await testObjects().getBytes(uri), columns)).columns.find((one) => one.name === name)!
    .values;

it('finds the heaps, and the model scores what its rows got', async () => {
  const dataset = await storeDataset('heaps', heaps);
  const input = { dataset, exclude: ['id'], nClusters: 3, name: 'parted' };
  const made = await outputOf<{ dataset: DatasetRef; model: Json; sizes: number[] }>(
    trainKMeans,
    'clusters',
    input,
  );
  expect(made.sizes).toEqual([20, 20, 20]);
  const clusters = await valuesOf(made.dataset, 'cluster');
  expect(new Set(clusters.filter((_, row) => row % 3 === 1)).size).toBe(1);
  const { predictions } = await outputOf<{ predictions: DatasetRef[] }>(predictBatch, 'score', {
    model: made.model,
    dataset,
    name: 'kinds',
  });
  expect(await valuesOf(predictions[0]!, 'prediction')).toEqual(clusters);
});

it.each<[string, { readonly [name: string]: Json }]>([
  ["no column 'siez'. Did you mean 'size'?", { columns: ['siez'] }],
  ['100 clusters are asked of the 60 rows', { nClusters: 100 }],
])('refuses: %s', async (message, more) => {
  const dataset = await storeDataset('heaps', heaps);
  await expect(outputOf(trainKMeans, 'refused', { dataset, name: 'x', ...more })).rejects.toThrow(message);
});
