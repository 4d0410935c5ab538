/** Model selection, calibration and ensembles beside numbers that scikit-learn gave (fixtures/make-selection.py). */
import { fitCalibrated, predictCalibrated } from '../../lib/ml/calibration/calibrated-model';
import { applyIsotonic, fitIsotonic } from '../../lib/ml/calibration/isotonic';
import { fitSigmoid } from '../../lib/ml/calibration/sigmoid';
import { kFold, stratifiedKFold } from '../../lib/ml/cross-validation';
import {
  fitStacking,
  fitStackingRegressor,
  predictStacking,
  predictStackingRegressor,
} from '../../lib/ml/ensembles/stacking';
import {
  predictVoting,
  predictVotingRegressor,
  votingOf,
  votingRegressorOf,
} from '../../lib/ml/ensembles/voting';
import { fitLinearRegression, fitRidge } from '../../lib/ml/linear-regression';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import type { Matrix } from '../../lib/ml/matrix';
import { parameterDraws, parameterGrid } from '../../lib/ml/model-selection/candidates';
import { crossValidate, predictOutOfFold } from '../../lib/ml/model-selection/cross-validate';
import { halvingSchedule, halvingSearch } from '../../lib/ml/model-selection/halving';
import {
  classProblem,
  columnFeatures,
  fixedFeatures,
  numberProblem,
} from '../../lib/ml/model-selection/problem';
import { CLASS_SCORERS, NUMBER_SCORERS } from '../../lib/ml/model-selection/scorers';
import { searchParameters } from '../../lib/ml/model-selection/search';
import { fitNaiveBayes } from '../../lib/ml/naive-bayes';
import type { RawColumn } from '../../lib/ml/raw-column';
import estimators from './fixtures/estimators.json';
import fixture from './fixtures/selection.json';

function matrix(rows: readonly (readonly number[])[]): Matrix {
  return {
    rows: rows.length,
    names: ['a', 'b', 'c', 'd'],
    columns: [0, 1, 2, 3].map((f) => Float64Array.from(rows, (row) => row[f]!)),
  };
}

const x = matrix(estimators.x);
const fresh = matrix(estimators.new);
const binary = Int32Array.from(estimators.binary);
const three = Int32Array.from(estimators.three);
const numbers = Float64Array.from(estimators.numbers);
const tight = { tol: 1e-10, maxIter: 10_000 };

const close = (values: readonly number[], digits = 6) =>
  values.map((value) => expect.closeTo(value, digits) as number);
const closeColumns = (columns: readonly (readonly number[])[], digits = 6) =>
  columns.map((column) => close(column, digits));
const plain = (columns: readonly Float64Array[]) => columns.map((column) => [...column]);

const logistic = (
  score: (typeof CLASS_SCORERS)[keyof typeof CLASS_SCORERS],
  y: Int32Array,
  classes: number,
) =>
  classProblem(
    fixedFeatures(x),
    y,
    (features, labels, { c }: { readonly c: number }) =>
      fitLogisticRegression(features, labels, classes, { c, ...tight }),
    score,
  );

describe('grid search', () => {
  const grid = parameterGrid({ c: [0.01, 0.1, 1, 10] });
  const folds = stratifiedKFold(binary);

  it('gives scikit-learn’s scores and ranks', () => {
    const result = searchParameters(logistic(CLASS_SCORERS['roc-auc'], binary, 2), grid, folds, {
      trainScore: true,
    });
    expect(result.tried.map((one) => one.mean)).toEqual(close(fixture.grid.mean));
    expect(result.tried.map((one) => one.std)).toEqual(close(fixture.grid.std));
    expect(result.tried.map((one) => one.rank)).toEqual(fixture.grid.rank);
    expect(result.tried.map((one) => one.folds.reduce((sum, fold) => sum + fold.train! / 5, 0))).toEqual(
      close(fixture.grid.train),
    );
    expect(result.best.params).toEqual({ c: 0.1 });
  });

  it('takes losses as negative', () => {
    const problem = logistic(CLASS_SCORERS['neg-log-loss'], three, 3);
    const { tried } = searchParameters(problem, grid, stratifiedKFold(three));
    expect(tried.map((one) => one.mean)).toEqual(close(fixture.losses));
  });

  it('refuses to choose among none', () => {
    const problem = logistic(CLASS_SCORERS.accuracy, binary, 2);
    expect(() => searchParameters(problem, [], folds)).toThrow('None of the 0 candidates has a score.');
    expect(() => crossValidate(problem, { c: 1 }, [])).toThrow('at least one split');
  });
});

describe('cross-validation', () => {
  it('fits the features anew on each train part', () => {
    const columns = x.columns.map((column, f): RawColumn => ({
      name: x.names[f]!,
      kind: 'number',
      values: Array.from(column, (value) => value * 10 ** f),
    }));
    const problem = numberProblem(
      columnFeatures(columns, [{ kind: 'numbers' }]),
      numbers,
      (features, y, { alpha }: { readonly alpha: number }) => fitRidge(features, y, { alpha }),
      NUMBER_SCORERS.r2,
    );
    const { folds } = crossValidate(problem, { alpha: 20 }, kFold(90, { nSplits: 4 }));
    expect(folds.map((fold) => fold.test)).toEqual(close(fixture.scaled, 5));
  });

  it('predicts every row by models that did not see it', () => {
    const problem = logistic(CLASS_SCORERS.accuracy, binary, 2);
    const parts = predictOutOfFold(problem, { c: 1 }, stratifiedKFold(binary));
    expect(parts.flatMap((part) => part.rows).sort((a, b) => a - b)).toEqual(
      Array.from(binary, (_, row) => row),
    );
    expect(parts.every((part) => part.predicted[1]!.length === part.rows.length)).toBe(true);
  });
});

describe('candidates', () => {
  it('of a grid are all combinations', () => {
    expect(parameterGrid({ a: [1, 2], b: ['x', 'y'] })).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  it('drawn at random lie in their ranges and repeat for a seed', () => {
    const ranges = {
      rate: { kind: 'log-uniform', low: 1e-3, high: 1 },
      depth: { kind: 'integer', low: 2, high: 4 },
      share: { kind: 'uniform', low: 0.5, high: 1 },
      kind: ['a', 'b'],
    } as const;
    const draws = parameterDraws(ranges, 300, 5);
    expect(draws).toEqual(parameterDraws(ranges, 300, 5));
    expect(new Set(draws.map((one) => one.depth))).toEqual(new Set([2, 3, 4]));
    expect(new Set(draws.map((one) => one.kind))).toEqual(new Set(['a', 'b']));
    expect(draws.every((one) => one.share >= 0.5 && one.share < 1)).toBe(true);
    // A third of the draws for each power of ten.
    const small = draws.filter((one) => one.rate < 0.01).length;
    expect(small).toBeGreaterThan(70);
    expect(small).toBeLessThan(130);
    expect(() => parameterDraws({ c: { kind: 'log-uniform', low: 0, high: 1 } }, 1, 0)).toThrow(
      "'c' cannot be drawn log-uniform from 0 to 1.",
    );
  });
});

describe('successive halving', () => {
  it('has scikit-learn’s schedule', () => {
    const schedule = halvingSchedule(20, 540, 3, 20);
    expect(schedule.map((round) => round.candidates)).toEqual(fixture.halving.candidates);
    expect(schedule.map((round) => round.rows)).toEqual(fixture.halving.rows);
  });

  it('keeps the best candidates for more rows', () => {
    const problem = logistic(CLASS_SCORERS['neg-log-loss'], binary, 2);
    const candidates = parameterGrid({ c: [1e-4, 1e-3, 0.01, 0.1, 0.5, 1, 2, 5, 10] });
    const result = halvingSearch(
      problem,
      candidates,
      (rows) =>
        stratifiedKFold(
          rows.map((row) => binary[row]!),
          { nSplits: 3 },
        ).map(({ train, test }) => ({
          train: train.map((i) => rows[i]!),
          test: test.map((i) => rows[i]!),
        })),
      { minRows: 10 },
    );
    expect(result.rounds.map((round) => [round.rows, round.tried.length])).toEqual([
      [10, 9],
      [30, 3],
      [90, 1],
    ]);
    const second = result.rounds[1]!.tried;
    expect(result.best.params).toEqual(second.find((one) => one.rank === 1)!.params);
  });
});

describe('calibration', () => {
  it('sigmoid', () => {
    const { a, b } = fitSigmoid(fixture.score, binary);
    expect([a, b]).toEqual(close(fixture.sigmoid, 4));
  });

  it('isotonic', () => {
    const calibrator = fitIsotonic(fixture.score, binary);
    expect([...applyIsotonic(calibrator, Float64Array.from(fixture.at))]).toEqual(close(fixture.isotonic, 9));
  });

  it.each([
    ['isotonicTwo', 'isotonic', binary, 2, 6],
    ['isotonicThree', 'isotonic', three, 3, 6],
    ['sigmoidTwo', 'sigmoid', binary, 2, 3],
    ['sigmoidThree', 'sigmoid', three, 3, 3],
  ] as const)('of a model out of fold: %s', (name, method, y, classes, digits) => {
    const model = fitCalibrated(x, y, classes, fitNaiveBayes, stratifiedKFold(y), method);
    expect(plain(predictCalibrated(model, fresh))).toEqual(closeColumns(fixture.calibrated[name], digits));
  });
});

describe('ensembles', () => {
  const last = (features: Matrix, y: Int32Array, classes: number) =>
    fitLogisticRegression(features, y, classes, tight);

  it.each([
    ['three classes', three, 3, fixture.stacking],
    ['two classes', binary, 2, fixture.stackingTwo],
  ] as const)('stacking of %s', (_name, y, classes, expected) => {
    const model = fitStacking(x, y, classes, [last, fitNaiveBayes], stratifiedKFold(y), last);
    expect(plain(predictStacking(model, fresh))).toEqual(closeColumns(expected, 5));
  });

  it('stacking of numbers', () => {
    const strong = (features: Matrix, y: Float64Array) => fitRidge(features, y, { alpha: 50 });
    const model = fitStackingRegressor(x, numbers, [fitLinearRegression, strong], kFold(90));
    expect([...predictStackingRegressor(model, fresh)]).toEqual(close(fixture.stackingNumbers, 5));
  });

  it('stacking refuses rows that no model predicts', () => {
    expect(() => fitStacking(x, binary, 2, [last], stratifiedKFold(binary).slice(1))).toThrow(
      'is in 0 test parts',
    );
  });

  it('voting', () => {
    const model = votingOf([last(x, three, 3), fitNaiveBayes(x, three, 3)], [2, 1]);
    expect(plain(predictVoting(model, fresh))).toEqual(closeColumns(fixture.voting));
    const both = votingRegressorOf([fitLinearRegression(x, numbers), fitRidge(x, numbers, { alpha: 50 })]);
    expect([...predictVotingRegressor(both, fresh)]).toEqual(close(fixture.votingNumbers));
    expect(() => votingRegressorOf([], [])).toThrow('Voting of 0 models');
  });
});
