import '../support/quiet-telemetry';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as tuneModel } from '../../lambdas/tune-model/handler';
import type { Json } from '../../lib/model/json';
import { readRecipes } from '../../lib/tracking/recipes';
import { getRun, listChildren } from '../../lib/tracking/runs';
import { loans, outputOf, storeDataset } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(async () => aws.stop());

it('a search logs each set of params as a run below its own, with its score', async () => {
  const dataset = await storeDataset('loans', loans(1, 300));
  const { train } = await outputOf<{ train: Json }>(prepareFeatures, 'features', {
    dataset,
    target: 'outcome',
    positive: 'fails',
    exclude: ['loss'],
  });
  const out = await outputOf<{
    model: { runId: string };
    tried: { mean: number; std: number; rank: number; params: Record<string, number> }[];
  }>(tuneModel, 'tune', {
    train,
    algorithm: 'logistic-regression',
    search: 'grid',
    space: { c: [0.01, 0.1, 1] },
    folds: 2,
  });
  const search = await getRun(out.model.runId);
  const trials = (await listChildren(search, Date.now())).sort((a, b) => (a.runName < b.runName ? -1 : 1));
  expect(
    trials.map(({ runName, status, params, metrics, tags }) => ({
      runName,
      status,
      params,
      metrics,
      rank: tags['millrace.rank'],
    })),
  ).toEqual(
    out.tried.map(({ mean, std, rank, params }, i) => ({
      runName: `trial-${i + 1}`,
      status: 'FINISHED',
      params: { c: String(params['c']) },
      metrics: { 'cv_roc-auc': mean, 'cv_roc-auc_std': std },
      rank: String(rank),
    })),
  );
  // A part is made again with the whole.
  expect(await readRecipes(trials[0]!.runId)).toEqual([]);
  expect(await readRecipes(search.runId)).toHaveLength(1);
});
