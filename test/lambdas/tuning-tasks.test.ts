import '../support/quiet-telemetry';
import { handler as drawParameters } from '../../lambdas/draw-parameters/handler';
import { handler as evaluateModels } from '../../lambdas/evaluate-models/handler';
import { handler as keepBest } from '../../lambdas/keep-best/handler';
import { handler as prepareFeatures } from '../../lambdas/prepare-features/handler';
import { handler as trainEnsemble } from '../../lambdas/train-ensemble/handler';
import { handler as trainEstimator } from '../../lambdas/train-estimator/handler';
import { handler as trainGradientBoosting } from '../../lambdas/train-gradient-boosting/handler';
import { handler as tuneModel } from '../../lambdas/tune-model/handler';
import type { Json } from '../../lib/model/json';
import { getRun } from '../../lib/tracking/runs';
import { loans, outputOf, readText, storeDataset } from '../support/learned';
import { startLocalAws, type LocalAws } from '../support/local-aws';

type Input = { readonly [name: string]: Json };
type Params = Readonly<Record<string, number>>;
type Trained = { model: Input & { algorithm: string; runId: string }; trainScore: number; rows: number };

let aws: LocalAws;
let classes: { train: Json; test: Json };
let numbers: { train: Json; test: Json };
beforeAll(async () => {
  aws = await startLocalAws();
  const dataset = await storeDataset('loans', loans(1, 600));
  const prepare = (input: Input) =>
    outputOf<typeof classes>(prepareFeatures, 'features', { dataset, ...input });
  classes = await prepare({ target: 'outcome', positive: 'fails', exclude: ['loss'] });
  numbers = await prepare({ target: 'loss', problem: 'regression', exclude: ['outcome'] });
});
afterAll(async () => aws.stop());

const space = { learningRate: { kind: 'log-uniform', low: 0.02, high: 0.5 }, maxLeafNodes: [3, 6, 12] };

describe('draw-parameters', () => {
  const draw = (input: Input) => outputOf<{ candidates: Params[] }>(drawParameters, 'draw', input);

  it('draws the same sets for a seed, with what is fixed', async () => {
    const { candidates } = await draw({ space, count: 5, fixed: { nEstimators: 7 } });
    expect(candidates).toHaveLength(5);
    for (const { learningRate, maxLeafNodes, nEstimators } of candidates) {
      expect(learningRate).toBeGreaterThanOrEqual(0.02);
      expect(learningRate).toBeLessThanOrEqual(0.5);
      expect([3, 6, 12]).toContain(maxLeafNodes);
      expect(nEstimators).toBe(7);
    }
    expect((await draw({ space, count: 5, fixed: { nEstimators: 7 } })).candidates).toEqual(candidates);
    expect((await draw({ space, count: 5, seed: 1 })).candidates[0]).not.toEqual(candidates[0]);
  });

  it('refuses an empty space and ranges without numbers', async () => {
    await expect(draw({ space: {} })).rejects.toThrow('at least one param');
    await expect(draw({ space: { c: { kind: 'log-uniform', low: 0, high: 1 } } })).rejects.toThrow(
      "'c' cannot be drawn",
    );
  });
});

describe('train-estimator', () => {
  const train = (input: Input) => outputOf<Trained>(trainEstimator, 'fit', input);

  it('fits by name, on as many rows as it is told, and logs each param', async () => {
    const { model, rows, trainScore } = await train({
      train: classes.train,
      algorithm: 'gradient-boosting',
      params: { nEstimators: 12, learningRate: 0.2 },
      rows: 200,
    });
    expect(rows).toBe(200);
    expect(trainScore).toBeGreaterThan(0.8);
    expect((await getRun(model.runId)).params).toMatchObject({
      nEstimators: '12',
      learningRate: '0.2',
      rows: '200',
    });
  });

  it.each([
    ['dummy', {}, 0.5],
    ['logistic-regression', { penalty: 'l1', c: 0.5 }, 0.85],
    ['logistic-regression', { penalty: 'elasticnet', l1Ratio: 0.3 }, 0.85],
  ])('fits classes by %s %j', async (algorithm, params, least) => {
    expect((await train({ train: classes.train, algorithm, params })).trainScore).toBeGreaterThanOrEqual(
      least,
    );
  });

  it.each([
    ['dummy-regressor', { strategy: 'mean' }, -1e-9],
    ['elastic-net', { alpha: 0.5 }, 0.5],
    ['elastic-net', { alpha: 0.5, l1Ratio: 1 }, 0.5],
    ['decision-tree-regressor', { maxDepth: 4 }, 0.6],
    ['extra-trees-regressor', { nEstimators: 5 }, 0.9],
  ])('fits numbers by %s %j', async (algorithm, params, least) => {
    expect((await train({ train: numbers.train, algorithm, params })).trainScore).toBeGreaterThanOrEqual(
      least,
    );
  });

  it('leaves boosted trees in the format of XGBoost, too', async () => {
    const { model } = await train({
      train: classes.train,
      algorithm: 'gradient-boosting',
      params: { nEstimators: 3 },
    });
    const { learner } = JSON.parse(
      await readText({ uri: `${(model as unknown as { uri: string }).uri}xgboost.json` }),
    ) as { learner: { feature_names: string[] } };
    expect(learner.feature_names).toEqual(['amount', 'town=a', 'town=b', 'town=c', 'noise']);
  });

  it('calibrates, so that probabilities are nearer to what comes to pass', async () => {
    const common = {
      train: classes.train,
      algorithm: 'gradient-boosting',
      params: { nEstimators: 40, learningRate: 0.6, minSamplesLeaf: 2 },
    };
    const plain = await train(common);
    const models = [
      plain.model,
      (await train({ ...common, calibrate: 'sigmoid' })).model,
      (await train({ ...common, calibrate: 'isotonic' })).model,
    ];
    const { evaluations } = await outputOf<{ evaluations: { metrics: Params }[] }>(
      evaluateModels,
      'evaluate',
      { models, test: classes.test },
    );
    const [loss = 0, sigmoid = 0, isotonic = 0] = evaluations.map(({ metrics }) => metrics['logLoss']!);
    expect(sigmoid).toBeLessThan(loss);
    expect(isotonic).toBeLessThan(loss);
  });

  it('refuses unknown params, the wrong kind of estimator, and to calibrate numbers', async () => {
    await expect(
      train({ train: classes.train, algorithm: 'random-forest', params: { trees: 5 } }),
    ).rejects.toThrow(
      /random-forest does not take these params: Unrecognized key: "trees"\. It takes nEstimators/,
    );
    await expect(train({ train: numbers.train, algorithm: 'random-forest' })).rejects.toThrow(
      "but 'loss' was prepared as a number",
    );
    await expect(train({ train: numbers.train, algorithm: 'ridge', calibrate: 'sigmoid' })).rejects.toThrow(
      'no probabilities',
    );
  });
});

describe('keep-best', () => {
  const keep = (input: Input) =>
    outputOf<{ candidates: Params[]; values: number[] }>(keepBest, 'keep', input);
  const evaluated = (metric: string, values: readonly number[]) =>
    values.map((value) => {
      const model = {
        name: 'm',
        algorithm: 'a',
        runId: 'r',
        uri: 's3://b/k/',
        sha256: 'ab'.repeat(32),
        bytes: 1,
      };
      const whole =
        metric === 'auc'
          ? { rows: 9, auc: value, accuracy: 0, precision: 0, recall: 0, f1: 0, logLoss: 0 }
          : { rows: 9, rmse: value, mae: 0, r2: 0, mape: 0, medianAbsoluteError: 0, maxError: 0, bias: 0 };
      return metric === 'auc'
        ? {
            model: { ...model, classes: ['a', 'b'] },
            metrics: whole,
            confusion: {
              classes: ['a', 'b'],
              matrix: [
                [1, 0],
                [0, 1],
              ],
            },
          }
        : { model: { ...model, classes: [] }, metrics: whole };
    });
  const candidates = [1, 2, 3, 4].map((c) => ({ c }));

  it('keeps one in so many, by what is better of the metric', async () => {
    expect(
      await keep({ candidates, evaluations: evaluated('auc', [0.7, 0.9, 0.6, 0.8]), factor: 3 }),
    ).toEqual({
      candidates: [{ c: 2 }, { c: 4 }],
      values: [0.9, 0.8],
    });
    const errors = await keep({
      candidates,
      evaluations: evaluated('rmse', [3, 1, 2, 4]),
      metric: 'rmse',
      factor: 4,
    });
    expect(errors.candidates).toEqual([{ c: 2 }]);
  });

  it('refuses lists that do not belong together and metrics of another kind', async () => {
    await expect(keep({ candidates, evaluations: evaluated('auc', [0.5]) })).rejects.toThrow(
      '1 evaluations for 4 candidates',
    );
    await expect(keep({ candidates, evaluations: evaluated('rmse', [1, 2, 3, 4]) })).rejects.toThrow(
      "'auc' is none of rows, rmse",
    );
  });
});

describe('tune-model', () => {
  type Tuned = Trained & {
    params: Params;
    score: number;
    scoring: string;
    tried: { mean: number; rank: number; params: Params }[];
    json: Json;
  };
  const tune = (input: Input) => outputOf<Tuned>(tuneModel, 'tune', input);

  it.each([
    ['grid', { maxLeafNodes: [3, 8], learningRate: [0.05, 0.3] }, 4],
    ['random', space, 3],
    ['halving', space, 2],
  ])('searches by %s and fits the best on all rows', async (search, ranges, count) => {
    const out = await tune({
      train: classes.train,
      algorithm: 'gradient-boosting',
      search,
      space: ranges,
      fixed: { nEstimators: 10 },
      candidates: search === 'halving' ? 6 : 3,
      folds: 3,
    });
    expect(out.tried).toHaveLength(count);
    const best = out.tried.find(({ rank }) => rank === 1)!;
    expect(best.params).toEqual(out.params);
    expect(best.mean).toBe(Math.max(...out.tried.map(({ mean }) => mean)));
    expect(out.score).toBeGreaterThan(0.75);
    expect(out.rows).toBe(480);
    const run = await getRun(out.model.runId);
    expect(run.params).toMatchObject({ nEstimators: '10', learningRate: String(out.params['learningRate']) });
    expect(run.metrics['cv_roc-auc']).toBe(out.score);
    expect(JSON.parse(await readText(out.json))).toMatchObject({ search, best: out.params });
  });

  it('tunes regressions by their scores', async () => {
    const out = await tune({
      train: numbers.train,
      algorithm: 'ridge',
      search: 'grid',
      space: { alpha: [0.1, 1e6] },
      scoring: 'neg-rmse',
    });
    expect(out.params).toEqual({ alpha: 0.1 });
    expect(out.scoring).toBe('neg-rmse');
    expect(out.score).toBeLessThan(0);
  });

  it('refuses ranges in a grid, unknown params and scores of the other kind before it fits', async () => {
    const common = { train: classes.train, algorithm: 'gradient-boosting' };
    await expect(tune({ ...common, search: 'grid', space })).rejects.toThrow("'learningRate' is a range");
    await expect(tune({ ...common, space: { depth: [1, 2] } })).rejects.toThrow('It takes nEstimators');
    await expect(tune({ ...common, space, scoring: 'r2' })).rejects.toThrow("'r2' does not score 'outcome'");
  });
});

describe('train-ensemble', () => {
  const train = (input: Input) => outputOf<Trained>(trainEnsemble, 'ensemble', input);
  const members = [
    { algorithm: 'gradient-boosting', params: { nEstimators: 15 } },
    { algorithm: 'logistic-regression' },
  ];

  it('votes and stacks for classes and numbers; their files are scored as others are', async () => {
    const made = await Promise.all([
      train({ train: classes.train, kind: 'voting', members, weights: [1, 2] }),
      train({ train: classes.train, kind: 'stacking', members, folds: 3 }),
    ]);
    expect(made.map(({ model }) => model.algorithm)).toEqual(['voting', 'stacking']);
    const { evaluations } = await outputOf<{ evaluations: { metrics: Params }[] }>(
      evaluateModels,
      'evaluate',
      {
        models: made.map(({ model }) => model),
        test: classes.test,
      },
    );
    for (const { metrics } of evaluations) expect(metrics['auc']).toBeGreaterThan(0.8);
    const regressors = [
      { algorithm: 'gradient-boosting-regressor', params: { nEstimators: 15 } },
      { algorithm: 'ridge' },
    ];
    const stacked = await train({ train: numbers.train, kind: 'stacking', members: regressors });
    expect(stacked.trainScore).toBeGreaterThan(0.6);
  });

  it('refuses weights that do not fit and members of another kind', async () => {
    await expect(train({ train: classes.train, kind: 'voting', members, weights: [1] })).rejects.toThrow(
      '1 weights for 2 members',
    );
    await expect(train({ train: classes.train, kind: 'stacking', members, weights: [1, 1] })).rejects.toThrow(
      'learns its weights',
    );
    await expect(train({ train: numbers.train, kind: 'voting', members })).rejects.toThrow(
      'gradient-boosting fits classes',
    );
  });
});

it('train-gradient-boosting stops early when it is told to', async () => {
  const input = {
    train: classes.train,
    nEstimators: 400,
    learningRate: 0.3,
    earlyStopping: { nIterNoChange: 3 },
  };
  const early = await outputOf<{ model: { bytes: number } }>(trainGradientBoosting, 'train', input);
  const { earlyStopping: _none, ...rest } = input;
  const all = await outputOf<{ model: { bytes: number } }>(trainGradientBoosting, 'train', rest);
  expect(early.model.bytes).toBeLessThan(all.model.bytes / 4);
});
