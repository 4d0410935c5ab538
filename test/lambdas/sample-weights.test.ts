import '../support/quiet-telemetry';
import { handler as evaluateModels } from '../../lambdas/evaluate-models/handler';
import { handler as evaluateRegression } from '../../lambdas/evaluate-regression/handler';
import { handler as fitFeatures } from '../../lambdas/fit-features/handler';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as trainEnsemble } from '../../lambdas/train-ensemble/handler';
import { handler as trainEstimator } from '../../lambdas/train-estimator/handler';
import { handler as trainNaiveBayes } from '../../lambdas/train-naive-bayes/handler';
import { handler as tuneModel } from '../../lambdas/tune-model/handler';
import { handler as writeModelCard } from '../../lambdas/write-model-card/handler';
import type { Json } from '../../lib/model/json';
import { getRun } from '../../lib/tracking/runs';
import { loans, outputOf, readText, storeDataset, type Columns } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

type Input = { readonly [name: string]: Json };
type Parts = { train: Input; test: Input; preprocessor: Input };
type Trained = { model: Input & { runId: string }; trainScore: number };
type Evaluated = {
  evaluations: {
    metrics: Readonly<Record<string, number>>;
    confusion: { classes: string[]; matrix: number[][] };
  }[];
};

const FACTOR = 5;
const made = loans(1, 500);
const outcomes = made['outcome']![1];
/** Loans that fail count five times; one column of weights is no good. */
const columns: Columns = {
  ...made,
  weight: ['integer', outcomes.map((outcome) => (outcome === 'fails' ? FACTOR : 1))],
  bad: ['number', outcomes.map((_, row) => (row === 3 ? -1 : 1))],
};

let aws: LocalAws;
let dataset: Json;
let weighted: Parts;
let plain: Parts;
const prepare = (input: Input) =>
  outputOf<Parts>(prepareFeatures, 'features', {
    dataset,
    target: 'outcome',
    positive: 'fails',
    exclude: ['loss', 'bad'],
    ...input,
  });
beforeAll(async () => {
  aws = await startLocalAws();
  dataset = await storeDataset('loans', columns);
  weighted = await prepare({ sampleWeight: 'weight' });
  plain = await prepare({ exclude: ['loss', 'bad', 'weight'] });
});
afterAll(async () => aws.stop());

const evaluated = async (test: Json, ...models: Json[]) =>
  (await outputOf<Evaluated>(evaluateModels, 'evaluate', { models, test })).evaluations;

describe('a column of weights', () => {
  it('is no feature, and goes with the parts', async () => {
    const state = JSON.parse(await readText(weighted.preprocessor)) as { columns: { name: string }[] };
    expect(state.columns.map(({ name }) => name)).toEqual(['amount', 'town', 'noise']);
    expect([weighted.train['sampleWeight'], weighted.test['sampleWeight']]).toEqual(['weight', 'weight']);
  });

  it('by class makes a model what class weights make it', async () => {
    const [algorithm, params] = ['gradient-boosting', { nEstimators: 10 }];
    const train = (part: Json, more: object = {}) =>
      outputOf<Trained>(trainEstimator, 'fit', { train: part, algorithm, params: { ...params, ...more } });
    const ours = await train(weighted.train);
    const same = await train(plain.train, { classWeight: { fails: FACTOR, pays: 1 } });
    const other = await train(plain.train);
    expect((await getRun(ours.model.runId)).params['sampleWeight']).toBe('weight');
    const [a, b, c] = await evaluated(plain.test, ours.model, same.model, other.model);
    expect(a!.metrics).toEqual(b!.metrics);
    expect(a!.metrics['logLoss']).not.toBe(c!.metrics['logLoss']);
    // The same model, judged with weights: failing loans count five times.
    const [first] = await evaluated(weighted.test, ours.model);
    const { confusion, metrics } = first!;
    expect(confusion.classes).toEqual(['pays', 'fails']);
    const [pays, fails] = b!.confusion.matrix;
    expect(confusion.matrix).toEqual([pays, fails!.map((rows) => FACTOR * rows)]);
    expect(metrics['rows']).toBe(100);
    expect(metrics['auc']).toBeCloseTo(b!.metrics['auc']!, 12);
    expect(metrics['precision']).toBeGreaterThan(b!.metrics['precision']!);
  });

  it('reaches naive Bayes, calibration, searches, ensembles and cards', async () => {
    const { train, test } = weighted;
    const models = [
      (await outputOf<Trained>(trainNaiveBayes, 'bayes', { train })).model,
      (
        await outputOf<Trained>(trainEstimator, 'calibrated', {
          train,
          algorithm: 'logistic-regression',
          calibrate: 'isotonic',
        })
      ).model,
      (
        await outputOf<Trained>(tuneModel, 'tuned', {
          train,
          algorithm: 'logistic-regression',
          space: { c: [0.1, 1] },
          search: 'grid',
          scoring: 'neg-log-loss',
        })
      ).model,
      ...(
        await Promise.all(
          ['voting', 'stacking'].map((kind) =>
            outputOf<Trained>(trainEnsemble, kind, {
              train,
              kind,
              members: [
                { algorithm: 'logistic-regression' },
                { algorithm: 'decision-tree', params: { maxDepth: 3 } },
              ],
            }),
          ),
        )
      ).map(({ model }) => model),
    ];
    const unweighted = (
      await outputOf<Trained>(trainEstimator, 'plain', {
        train: plain.train,
        algorithm: 'logistic-regression',
      })
    ).model;
    const losses = (await evaluated(test, unweighted, ...models)).map(({ metrics }) => metrics['logLoss']!);
    // Failing loans weigh more, and who was told so foretells them better.
    expect(losses.slice(1).map((loss) => loss < losses[0]!)).toEqual(models.map(() => true));
    const card = await outputOf<{ metrics: Record<string, number> }>(writeModelCard, 'card', {
      model: models[1]!,
      test,
      train,
      costs: { falsePositive: 1, falseNegative: 2 },
    });
    expect(card.metrics['logLoss']).toBeCloseTo(losses[2]!, 12);
  });

  it('weighs the errors of numbers', async () => {
    const parts = await prepare({
      target: 'loss',
      problem: 'regression',
      exclude: ['bad', 'outcome'],
      sampleWeight: 'weight',
    });
    const { model } = await outputOf<Trained>(trainEstimator, 'ridge', {
      train: parts.train,
      algorithm: 'ridge',
    });
    const rmse = async (test: Json) =>
      (await outputOf<Evaluated>(evaluateRegression, 'evaluate', { models: [model], test })).evaluations[0]!
        .metrics['rmse'];
    const { sampleWeight: _weight, ...without } = parts.test;
    expect(await rmse(parts.test)).not.toBe(await rmse(without));
  });

  it('goes through fit-features beside the target', async () => {
    const parts = await outputOf<Parts>(fitFeatures, 'features', {
      train: dataset,
      test: dataset,
      target: 'outcome',
      positive: 'fails',
      exclude: ['loss', 'bad'],
      sampleWeight: 'weight',
    });
    expect(parts.train).toMatchObject({ sampleWeight: 'weight' });
    const { trainScore } = await outputOf<Trained>(trainEstimator, 'fit', {
      train: parts.train,
      algorithm: 'logistic-regression',
    });
    expect(trainScore).toBeGreaterThan(0.8);
  });

  it('is refused when it is missing, negative, a text, or the target has no such column', async () => {
    await expect(prepare({ sampleWeight: 'bad' })).rejects.toThrow(
      "Dataset 'loans' cannot be learned from: The weight 'bad' is '-1' in row 4; it must be a number of 0 or more.",
    );
    await expect(prepare({ sampleWeight: 'town' })).rejects.toThrow(/The weight 'town' is '\w' in row 1/);
    await expect(prepare({ sampleWeight: 'times' })).rejects.toThrow(
      "There is no column 'times' to weigh rows by",
    );
  });
});
