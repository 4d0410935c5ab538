import '../support/quiet-telemetry';
import { handler as evaluateModels } from '../../lambdas/evaluate-models/handler';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as registerModel } from '../../lambdas/register-model/handler';
import { handler as trainGradientBoosting } from '../../lambdas/train-gradient-boosting/handler';
import { handler as trainLogisticRegression } from '../../lambdas/train-logistic-regression/handler';
import { handler as trainRandomForest } from '../../lambdas/train-random-forest/handler';
import { handler as writeModelCard } from '../../lambdas/write-model-card/handler';
import { lineageText } from '../../lib/cli/render/lineage-text';
import type { Json } from '../../lib/model/json';
import { idOf, lineageGraph } from '../../lib/tracking/lineage-graph';
import { getModel } from '../../lib/tracking/registered-models';
import { getRun } from '../../lib/tracking/runs';
import { loans, outputOf, storeDataset } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

type Input = { readonly [name: string]: Json };
type Parts = { train: Input; test: Input };
type Trained = { model: Input & { runId: string; uri: string } };
type Metrics = Readonly<Record<string, number>>;

let aws: LocalAws;
let old: Parts;
let fresh: Parts;
const prepared = async (name: string, seed: number, classes: 2 | 3 = 2) =>
  outputOf<Parts>(prepareFeatures, 'features', {
    dataset: await storeDataset(name, loans(seed, 400, classes)),
    target: 'outcome',
    exclude: ['loss'],
    ...(classes === 2 ? { positive: 'fails' } : {}),
  });
const boosted = (train: Json, nEstimators: number, warmStart?: Json) =>
  outputOf<Trained>(trainGradientBoosting, 'train', {
    train,
    nEstimators,
    ...(warmStart === undefined ? {} : { warmStart }),
  });
async function registered(model: Json, name: string): Promise<string> {
  const metrics = { rows: 1, auc: 0, accuracy: 0, precision: 0, recall: 0, f1: 0, logLoss: 0 };
  const { version } = await outputOf<{ version: string }>(registerModel, 'register', {
    model,
    name,
    metrics,
  });
  return version;
}
const metricsOf = async (test: Json, ...models: Json[]) =>
  (
    await outputOf<{ evaluations: { metrics: Metrics }[] }>(evaluateModels, 'evaluate', { models, test })
  ).evaluations.map(({ metrics }) => metrics);

beforeAll(async () => {
  aws = await startLocalAws();
  old = await prepared('old', 1);
  fresh = await prepared('fresh', 2);
});
afterAll(async () => aws.stop());

describe('a warm start', () => {
  it('adds rounds to a registered version, whose lineage the new one has', async () => {
    const first = await boosted(old.train, 10);
    expect(await registered(first.model, 'loans')).toBe('1');
    const second = await boosted(fresh.train, 25, { name: 'loans', version: '1' });
    expect(await registered(second.model, 'loans')).toBe('2');
    const run = await getRun(second.model.runId);
    expect(run.tags['millrace.warmStart']).toBe('loans/1');
    const [before, after, anew] = await metricsOf(
      fresh.test,
      first.model,
      second.model,
      (await boosted(fresh.train, 25)).model,
    );
    expect(after!['logLoss']).toBeLessThan(before!['logLoss']!);
    expect(after).not.toEqual(anew);
    const { id } = await getModel('loans');
    const graph = await lineageGraph({ kind: 'version', id: `${id}/2` });
    const from = (to: string) => graph.edges.filter((edge) => edge.to === to).map((edge) => edge.from);
    expect(from(idOf({ kind: 'run', id: second.model.runId }))).toContain(`version:${id}/1`);
    expect(from(`version:${id}/1`)).toContain(idOf({ kind: 'run', id: first.model.runId }));
    expect(lineageText(graph, 200)).toMatch(
      /from run .*\n.*from version loans\/1 .*\n(.*\n)*.*from dataset .* old-train/,
    );
    // From the parent, too, one sees what was made of it.
    expect(lineageText(await lineageGraph({ kind: 'version', id: `${id}/1` }), 200)).toContain(
      'to version loans/2',
    );
    // The card explains the model by its own preprocessing, which is that of its parent.
    const card = await outputOf<{ metrics: Metrics }>(writeModelCard, 'card', {
      model: second.model,
      test: fresh.test,
    });
    expect(card.metrics['auc']).toBeCloseTo(after!['auc']!, 12);
  });

  it('goes for forests and logistic regression, by alias, or anew while there is none', async () => {
    const warmStart = { name: 'forest', ifMissing: 'start-anew' };
    const forest = (nEstimators: number) =>
      outputOf<Trained>(trainRandomForest, 'forest', { train: fresh.train, nEstimators, warmStart });
    const { model } = await forest(3);
    expect((await getRun(model.runId)).tags['millrace.warmStart']).toBeUndefined();
    await registered(model, 'forest');
    const { model: more } = await outputOf<Trained>(trainRandomForest, 'more', {
      train: fresh.train,
      nEstimators: 6,
      warmStart: { name: 'forest', version: '1' },
    });
    const [same, grown] = await metricsOf(fresh.test, (await forest(6)).model, more);
    expect(grown!['logLoss']).toBeCloseTo(same!['logLoss']!, 6);
    const logistic = (input: Input) =>
      outputOf<Trained>(trainLogisticRegression, 'logistic', { train: old.train, ...input });
    await registered((await logistic({})).model, 'logistic');
    const { model: again } = await logistic({ maxIter: 1, warmStart: { name: 'logistic', version: '1' } });
    expect((await metricsOf(old.test, again))[0]!['auc']).toBeGreaterThan(0.8);
  });

  it('is refused without a version, with other classes, another algorithm or fewer rounds', async () => {
    await expect(boosted(fresh.train, 9, { name: 'none' })).rejects.toThrow(
      "There is no version '@champion' of none to start from. Register or promote one first",
    );
    await expect(boosted(fresh.train, 9, { name: 'loans', version: '7' })).rejects.toThrow("no version '7'");
    await expect(boosted(fresh.train, 9, { name: 'loans', version: '1' })).rejects.toThrow(
      'nEstimators is 9, but the model to start from has 10 already',
    );
    await expect(boosted(fresh.train, 9, { name: 'forest', version: '1' })).rejects.toThrow(
      'The model to start from is a random-forest; only a gradient-boosting',
    );
    const { train } = await prepared('three', 3, 3);
    await expect(boosted(train, 20, { name: 'loans', version: '1' })).rejects.toThrow(
      "version 1 of loans predicts the classes pays, fails, but 'outcome' was prepared as the classes",
    );
  });
});
