/** Our estimators beside numbers that scikit-learn gave for the same rows (fixtures/make-estimators.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitDecisionTree, fitDecisionTreeRegressor } from '../../lib/ml/decision-tree';
import { fitDummy, fitDummyRegressor } from '../../lib/ml/dummy';
import { fitExtraTrees, fitExtraTreesRegressor } from '../../lib/ml/extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { anomalyScores, fitIsolationForest, predictOutliers } from '../../lib/ml/isolation-forest';
import { fitKMeans, predictKMeans } from '../../lib/ml/k-means';
import { fitElasticNet, fitLasso, fitLinearRegression, fitRidge } from '../../lib/ml/linear-regression';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { takeRows, type Matrix } from '../../lib/ml/matrix';
import { rocAuc } from '../../lib/ml/roc-auc';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../../lib/ml/model';
import { fitNaiveBayes } from '../../lib/ml/naive-bayes';
import { fitNeighbours, fitNeighboursRegressor } from '../../lib/ml/nearest-neighbours';
import { fitRandomForest, fitRandomForestRegressor } from '../../lib/ml/random-forest';

type Rows = readonly (readonly (number | null)[])[];

interface Fixture {
  readonly x: Rows;
  readonly holes: Rows;
  readonly codes: Rows;
  readonly new: Rows;
  readonly newHoles: Rows;
  readonly newCodes: Rows;
  readonly binary: readonly number[];
  readonly three: readonly number[];
  readonly numbers: readonly number[];
  readonly coded: readonly number[];
  readonly weight: readonly number[];
  readonly centres: readonly (readonly number[])[];
  readonly expected: Readonly<Record<string, never>>;
  readonly scores: Readonly<Record<string, { readonly mean: number; readonly sd: number }>> & {
    readonly isolationFirst: readonly number[];
  };
}

const fixture = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'estimators.json'), 'utf8')) as Fixture;

function matrix(rows: Rows): Matrix {
  const width = rows[0]?.length ?? 0;
  return {
    rows: rows.length,
    names: Array.from({ length: width }, (_, f) => `f${f}`),
    columns: Array.from({ length: width }, (_, f) => Float64Array.from(rows, (row) => row[f] ?? Number.NaN)),
  };
}

const x = matrix(fixture.x);
const fresh = matrix(fixture.new);
const binary = Int32Array.from(fixture.binary);
const three = Int32Array.from(fixture.three);
const numbers = Float64Array.from(fixture.numbers);
const sampleWeight = fixture.weight;

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  expect(got.length).toBe(expected.length);
  const worst = Math.max(
    ...Array.from(
      expected,
      (value, i) => Math.abs((got[i] ?? Number.NaN) - value) / Math.max(1, Math.abs(value)),
    ),
  );
  expect(worst).toBeLessThan(tolerance);
}

const CLASSIFIERS: Readonly<Record<string, () => ClassifierModel>> = {
  treeBinary: () => fitDecisionTree(x, binary, 2, { maxDepth: 3, minSamplesLeaf: 4 }),
  treeThree: () => fitDecisionTree(x, three, 3, { maxDepth: 3, minSamplesLeaf: 4 }),
  treeEntropy: () => fitDecisionTree(x, three, 3, { maxDepth: 3, minSamplesLeaf: 4, criterion: 'entropy' }),
  treeBalanced: () =>
    fitDecisionTree(x, three, 3, { maxDepth: 3, minSamplesLeaf: 4, classWeight: 'balanced' }),
  boostBinary: () => fitGradientBoosting(x, binary, 2, { nEstimators: 8, minSamplesLeaf: 9 }),
  boostThree: () =>
    fitGradientBoosting(x, three, 3, {
      nEstimators: 8,
      minSamplesLeaf: 9,
      maxLeafNodes: 6,
      l2Regularization: 1.5,
    }),
  boostWeighted: () =>
    fitGradientBoosting(x, binary, 2, { nEstimators: 8, minSamplesLeaf: 9, maxDepth: 3, sampleWeight }),
  boostBalanced: () =>
    fitGradientBoosting(x, three, 3, { nEstimators: 8, minSamplesLeaf: 9, classWeight: 'balanced' }),
  logisticL2: () => fitLogisticRegression(x, binary, 2, { c: 0.7, tol: 1e-10, maxIter: 1000 }),
  logisticThree: () => fitLogisticRegression(x, three, 3, { c: 0.7, tol: 1e-10, maxIter: 1000 }),
  logisticWeighted: () =>
    fitLogisticRegression(x, three, 3, {
      c: 0.7,
      tol: 1e-10,
      maxIter: 1000,
      classWeight: 'balanced',
      sampleWeight,
    }),
  logisticL1: () => fitLogisticRegression(x, binary, 2, { c: 0.3, tol: 1e-9, penalty: 'l1' }),
  logisticL1Three: () =>
    fitLogisticRegression(x, three, 3, { c: 0.3, tol: 1e-9, penalty: 'l1', maxIter: 1000 }),
  logisticElastic: () =>
    fitLogisticRegression(x, three, 3, {
      c: 0.3,
      tol: 1e-9,
      penalty: 'elasticnet',
      l1Ratio: 0.4,
      maxIter: 1000,
    }),
  logisticNone: () => fitLogisticRegression(x, binary, 2, { tol: 1e-10, penalty: 'none', maxIter: 1000 }),
  neighbours: () => fitNeighbours(x, three, 3),
  neighboursDistance: () => fitNeighbours(x, three, 3, { nNeighbors: 7, weights: 'distance' }),
  bayes: () => fitNaiveBayes(x, three, 3),
  bayesWeighted: () => fitNaiveBayes(x, three, 3, { sampleWeight }),
  dummyPrior: () => fitDummy(x, three, 3),
  dummyFrequent: () => fitDummy(x, three, 3, { strategy: 'most-frequent' }),
  dummyUniform: () => fitDummy(x, three, 3, { strategy: 'uniform' }),
};

describe('classifiers give scikit-learn’s probabilities', () => {
  it.each(Object.entries(CLASSIFIERS))('%s', (name, fit) => {
    const expected: readonly number[][] = fixture.expected[name]!;
    const boosted = name.startsWith('boost');
    const got = predictProba(fit(), boosted ? x : fresh);
    expect(got.length).toBe(expected.length);
    // scikit-learn adds gradients in float32.
    const tolerance = boosted ? 1e-5 : 1e-6;
    expected.forEach((column, c) => expectClose(got[c]!.subarray(0, column.length), column, tolerance));
  });
});

const REGRESSORS: Readonly<Record<string, readonly [() => RegressorModel, Matrix?]>> = {
  treeNumbers: [() => fitDecisionTreeRegressor(x, numbers, { minSamplesLeaf: 3 })],
  treeWeighted: [
    () => fitDecisionTreeRegressor(x, numbers, { minSamplesLeaf: 3, maxDepth: 4, sampleWeight }),
  ],
  treeDecrease: [() => fitDecisionTreeRegressor(x, numbers, { minImpurityDecrease: 0.05 })],
  treeHoles: [
    () => fitDecisionTreeRegressor(matrix(fixture.holes), numbers, { minSamplesLeaf: 5, maxDepth: 3 }),
    matrix(fixture.newHoles),
  ],
  boostNumbers: [() => fitGradientBoostingRegressor(x, numbers, { nEstimators: 8, minSamplesLeaf: 9 })],
  boostPoisson: [
    () =>
      fitGradientBoostingRegressor(x, numbers.map(Math.abs), {
        nEstimators: 8,
        minSamplesLeaf: 9,
        loss: 'poisson',
      }),
  ],
  boostHoles: [
    () => fitGradientBoostingRegressor(matrix(fixture.holes), numbers, { nEstimators: 8, minSamplesLeaf: 9 }),
    matrix(fixture.holes),
  ],
  boostCodes: [
    () =>
      fitGradientBoostingRegressor(matrix(fixture.codes), Float64Array.from(fixture.coded), {
        nEstimators: 8,
        minSamplesLeaf: 9,
        categoricalFeatures: ['f0'],
      }),
    matrix(fixture.codes),
  ],
  boostUnseen: [
    () =>
      fitGradientBoostingRegressor(matrix(fixture.codes), Float64Array.from(fixture.coded), {
        nEstimators: 1,
        minSamplesLeaf: 9,
        categoricalFeatures: ['f0'],
      }),
    matrix(fixture.newCodes),
  ],
  neighboursNumbers: [() => fitNeighboursRegressor(x, numbers, { nNeighbors: 4, metric: 'manhattan' })],
  dummyMean: [() => fitDummyRegressor(x, numbers)],
  dummyMedian: [() => fitDummyRegressor(x, numbers, { strategy: 'median' })],
  dummyQuantile: [() => fitDummyRegressor(x, numbers, { strategy: 'quantile', quantile: 0.3 })],
};

describe('regressors give scikit-learn’s predictions', () => {
  it.each(Object.entries(REGRESSORS))('%s', (name, [fit, at]) => {
    const expected: readonly number[] = fixture.expected[name]!;
    const boosted = name.startsWith('boost');
    const got = predict(fit(), at ?? (boosted ? x : fresh)).subarray(0, expected.length);
    expectClose(got, expected, boosted ? 1e-5 : 1e-6);
  });

  const dependent: Matrix = {
    ...x,
    columns: [...x.columns, x.columns[0]!.map((value, row) => value - x.columns[1]![row]!), x.columns[2]!],
  };
  it.each([
    ['linear', fitLinearRegression(x, numbers)],
    ['linearWeighted', fitLinearRegression(x, numbers, { sampleWeight })],
    ['linearDependent', fitLinearRegression(dependent, numbers)],
    ['linearNoIntercept', fitLinearRegression(x, numbers, { fitIntercept: false })],
    ['ridge', fitRidge(x, numbers, { alpha: 2.5 })],
    ['ridgeWeighted', fitRidge(x, numbers, { alpha: 2.5, sampleWeight })],
    ['lasso', fitLasso(x, numbers, { alpha: 0.1, tol: 1e-10 })],
    ['elasticNet', fitElasticNet(x, numbers, { alpha: 0.2, l1Ratio: 0.3, tol: 1e-10 })],
    ['elasticNetWeighted', fitElasticNet(x, numbers, { alpha: 0.2, l1Ratio: 0.3, tol: 1e-10, sampleWeight })],
  ])('%s: coefficients', (name, model) => {
    expectClose(model.coefficients, fixture.expected[name]!);
  });
});

describe('decision tree', () => {
  it('names the importance of features as scikit-learn', () => {
    const model = fitDecisionTreeRegressor(x, numbers, { minSamplesLeaf: 3 });
    expectClose(model.featureImportances, fixture.expected['treeImportances']!);
  });
});

describe('k-means', () => {
  const model = fitKMeans(x, { init: fixture.centres, tol: 0 });

  it('ends where scikit-learn ends from the same centres', () => {
    expectClose(model.centres.flat(), (fixture.expected['kmeansCentres']! as number[][]).flat());
    expectClose([model.inertia], [fixture.expected['kmeansInertia']!]);
    expect([...predictKMeans(model, fresh)]).toEqual(fixture.expected['kmeansLabels']);
  });

  it('gives a cluster without rows the row farthest from its centre', () => {
    const column = Float64Array.from([0, 1, 2, 10]);
    const one: Matrix = { rows: 4, names: ['a'], columns: [column] };
    const { centres } = fitKMeans(one, { init: [[1], [100], [-100]] });
    expect(centres.flat().sort((a, b) => a - b)).toEqual([0, 1.5, 10]);
  });

  it('refuses fewer rows than clusters', () => {
    expect(() => fitKMeans(takeRows(x, [0, 1]), { nClusters: 3 })).toThrow('3 clusters are asked of 2 rows.');
  });
});

/** The rows that the fixture's script draws by the same generator. */
function large(): { x: Matrix; numbers: Float64Array; three: Int32Array } {
  let state = 12_345;
  const rows = Array.from({ length: 1200 }, () =>
    Array.from({ length: 6 }, () => {
      state = (Math.imul(1_103_515_245, state) + 12_345) & 0x7fff_ffff;
      return Number(((state / 2 ** 31) * 4 - 2).toFixed(3));
    }),
  );
  const numbers = Float64Array.from(
    rows,
    ([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0]) => a + b * c + Math.sin(2 * d) + 0.5 * f * e,
  );
  return {
    x: matrix(rows),
    numbers,
    three: Int32Array.from(numbers, (value) => (value < -0.8 ? 0 : value < 0.8 ? 1 : 2)),
  };
}

describe('models that draw at random score as scikit-learn’s do', () => {
  const all = large();
  const order = Array.from({ length: 1200 }, (_, row) => row);
  const train = takeRows(all.x, order.slice(0, 800));
  const test = takeRows(all.x, order.slice(800));
  const trainThree = all.three.subarray(0, 800);
  const trainNumbers = all.numbers.subarray(0, 800);
  const seeds = [0, 1, 2];
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

  const auc = (model: ClassifierModel): number => {
    const probabilities = predictProba(model, test);
    return mean(
      probabilities.map((p, c) =>
        rocAuc(
          Array.from(all.three.subarray(800), (label) => Number(label === c)),
          p,
        ),
      ),
    );
  };
  const r2 = (model: RegressorModel): number => {
    const actual = all.numbers.subarray(800);
    const predicted = predict(model, test);
    const centre = mean([...actual]);
    let rest = 0;
    let whole = 0;
    actual.forEach((value, row) => {
      rest += (value - predicted[row]!) ** 2;
      whole += (value - centre) ** 2;
    });
    return 1 - rest / whole;
  };

  it.each<[string, (seed: number) => number, number]>([
    ['forest', (seed) => auc(fitRandomForest(train, trainThree, 3, { seed })), 0.01],
    ['extraTrees', (seed) => auc(fitExtraTrees(train, trainThree, 3, { seed })), 0.015],
    ['forestNumbers', (seed) => r2(fitRandomForestRegressor(train, trainNumbers, { seed })), 0.015],
    ['extraTreesNumbers', (seed) => r2(fitExtraTreesRegressor(train, trainNumbers, { seed })), 0.015],
    [
      'boostStopped',
      (seed) => auc(fitGradientBoosting(train, trainThree, 3, { seed, nEstimators: 300, earlyStopping: {} })),
      0.01,
    ],
  ])('%s', (name, score, tolerance) => {
    expect(Math.abs(mean(seeds.map(score)) - fixture.scores[name]!.mean)).toBeLessThan(tolerance);
  });

  it('k-means++ finds centres as good', () => {
    const inertia = mean(seeds.map((seed) => fitKMeans(train, { nClusters: 5, nInit: 3, seed }).inertia));
    expect(inertia / fixture.scores['kmeansPlus']!.mean).toBeLessThan(1.02);
  });

  it('isolation forest tells outliers apart and gives the same scores up to chance', () => {
    const outliers: Matrix = {
      ...all.x,
      columns: all.x.columns.map((column) =>
        column.map((value, row) => (row % 50 === 0 ? value * 2.5 : value)),
      ),
    };
    const isOutlier = order.map((row) => Number(row % 50 === 0));
    const scores = seeds.map((seed) =>
      rocAuc(isOutlier, anomalyScores(fitIsolationForest(outliers, { seed }), outliers)),
    );
    expect(Math.abs(mean(scores) - fixture.scores['isolation']!.mean)).toBeLessThan(0.03);
    const forest = fitIsolationForest(outliers, { nEstimators: 300, contamination: 0.02 });
    const got = anomalyScores(forest, takeRows(outliers, [0, 10, 20, 30, 40, 50]));
    expectClose(got, fixture.scores.isolationFirst, 0.03);
    expect(predictOutliers(forest, outliers).reduce((a, b) => a + b, 0)).toBe(24);
  });

  it('early stopping ends before the last round and is repeatable', () => {
    const fit = () => fitGradientBoosting(train, trainThree, 3, { nEstimators: 300, earlyStopping: {} });
    expect(fit().trees.length).toBeLessThan(300);
    expect(fit()).toEqual(fit());
  });
});

describe('weights', () => {
  it('of the wrong length, negative, or for too few classes are refused', () => {
    expect(() => fitRandomForest(x, three, 3, { sampleWeight: [1, 2] })).toThrow(
      'There are 2 sample weights for 90 rows.',
    );
    expect(() => fitDecisionTree(x, three, 3, { sampleWeight: fixture.numbers })).toThrow(
      'it must be 0 or more',
    );
    expect(() => fitDecisionTree(x, three, 3, { classWeight: [1, 2] })).toThrow(
      '2 class weights for 3 classes',
    );
  });

  it('of 0 leave a row out', () => {
    const half = Array.from({ length: 90 }, (_, row) => Number(row < 45));
    const rows = Array.from({ length: 45 }, (_, row) => row);
    const without = fitDecisionTree(takeRows(x, rows), three.slice(0, 45), 3, { maxDepth: 4 });
    const weighted = fitDecisionTree(x, three, 3, { maxDepth: 4, sampleWeight: half });
    expect(weighted.trees[0]!.value).toEqual(without.trees[0]!.value);
  });
});

describe('input that cannot be learned from', () => {
  const gap: Matrix = {
    ...x,
    columns: [x.columns[0]!.map((v, row) => (row === 4 ? Number.NaN : v)), ...x.columns.slice(1)],
  };
  it.each<[string, () => unknown, string]>([
    ['a gap', () => fitLogisticRegression(gap, binary, 2), "Feature 'f0' is NaN in row 4"],
    ['a gap for clusters', () => fitKMeans(gap), "Feature 'f0' is NaN in row 4"],
    ['too few targets', () => fitRandomForest(x, binary.subarray(1), 2), 'There are 89 targets for 90 rows.'],
    [
      'no rows',
      () => fitNaiveBayes(takeRows(x, []), binary.subarray(90), 2),
      'There are no rows to learn from.',
    ],
    ['an unknown class', () => fitGradientBoosting(x, three, 2), 'there are classes 0 to 1.'],
    [
      'a target that is no number',
      () =>
        fitRidge(
          x,
          numbers.map((v, row) => (row === 3 ? Number.POSITIVE_INFINITY : v)),
        ),
      'The target of row 3 is Infinity',
    ],
  ])('%s', (_name, fit, message) => {
    expect(fit).toThrow(message);
  });
});
