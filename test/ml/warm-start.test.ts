import { fitExtraTrees } from '../../lib/ml/extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import type { Matrix } from '../../lib/ml/matrix';
import { predict, predictProba, type ClassifierModel } from '../../lib/ml/model';
import { exportOnnx, exportRegressorOnnx } from '../../lib/ml/onnx/export';
import { restoreBoosting, restoreForest, restoreLogistic } from '../../lib/ml/onnx/restore';
import type { PreprocessorState } from '../../lib/ml/preprocessor';
import { Random } from '../../lib/ml/random';
import { fitRandomForest, fitRandomForestRegressor } from '../../lib/ml/random-forest';

const ROWS = 240;
const random = new Random(4);
const draw = () => Float64Array.from({ length: ROWS }, () => Math.fround(random.uniform() * 4 - 2));
const x: Matrix = { rows: ROWS, names: ['a', 'b', 'c'], columns: [draw(), draw(), draw()] };
const risk = x.columns[0]!.map((a, row) => a + x.columns[1]![row]! ** 2 + random.uniform());
const binary = Int32Array.from(risk, (value) => Number(value > 2));
const three = Int32Array.from(risk, (value) => (value > 3 ? 2 : Number(value > 1)));
const state: PreprocessorState = {
  version: 1,
  columns: x.names.map((name) => ({ name, kind: 'number', mean: 0, scale: 1 })),
};
const labels = (classes: number) => Array.from({ length: classes }, (_, c) => `class ${c}`);
const file = (model: ClassifierModel, classes: number) => exportOnnx(state, model, labels(classes));

function same(ours: readonly Float64Array[], theirs: readonly Float64Array[]): void {
  ours.forEach((column, c) => {
    column.forEach((value, row) => expect(Math.abs(value - theirs[c]![row]!)).toBeLessThan(1e-6));
  });
}

describe.each([
  ['two classes', binary, 2],
  ['three classes', three, 3],
])('%s', (_name, y, classes) => {
  it('boosting goes on to the model that it would have been at once', () => {
    const first = fitGradientBoosting(x, y, classes, { nEstimators: 4, minSamplesLeaf: 5 });
    const warmStart = restoreBoosting(file(first, classes), 'gradient-boosting');
    expect(warmStart.trees).toHaveLength(4);
    const more = fitGradientBoosting(x, y, classes, { nEstimators: 9, minSamplesLeaf: 5, warmStart });
    const atOnce = fitGradientBoosting(x, y, classes, { nEstimators: 9, minSamplesLeaf: 5 });
    same(predictProba(more, x), predictProba(atOnce, x));
    // As it is saved again, too.
    expect(restoreBoosting(file(more, classes), 'gradient-boosting').trees).toHaveLength(9);
  });

  it.each([
    ['random-forest', fitRandomForest],
    ['extra-trees', fitExtraTrees],
  ] as const)('%s grows more trees', (algorithm, fit) => {
    const first = fit(x, y, classes, { nEstimators: 3, seed: 7 });
    const warmStart = restoreForest(file(first, classes), algorithm);
    const more = fit(x, y, classes, { nEstimators: 8, seed: 7, warmStart });
    same(predictProba(more, x), predictProba(fit(x, y, classes, { nEstimators: 8, seed: 7 }), x));
    // None added: the model as it was.
    same(predictProba(fit(x, y, classes, { nEstimators: 3, warmStart }), x), predictProba(first, x));
  });

  it('logistic regression needs hardly a step', () => {
    const first = fitLogisticRegression(x, y, classes, { tol: 1e-7, maxIter: 500 });
    const warmStart = restoreLogistic(file(first, classes));
    expect(warmStart).toEqual(first.coefficients);
    const more = fitLogisticRegression(x, y, classes, { tol: 1e-5, warmStart });
    expect(more.iterations).toBeLessThan(3);
    expect(first.iterations).toBeGreaterThan(3);
    same(predictProba(more, x), predictProba(first, x));
  });
});

describe('numbers', () => {
  it.each(['squared-error', 'poisson'] as const)('boosting with %s', (loss) => {
    const y = risk.map((value) => value + 2);
    const first = fitGradientBoostingRegressor(x, y, { nEstimators: 4, loss });
    const saved = exportRegressorOnnx(state, first);
    const warmStart = restoreBoosting(saved, 'gradient-boosting-regressor', loss);
    const other = loss === 'poisson' ? 'squared-error' : 'poisson';
    expect(() => restoreBoosting(saved, 'gradient-boosting-regressor', other)).toThrow(
      `fitted with the loss '${loss}', not '${other}'`,
    );
    const more = fitGradientBoostingRegressor(x, y, { nEstimators: 9, loss, warmStart });
    same([predict(more, x)], [predict(fitGradientBoostingRegressor(x, y, { nEstimators: 9, loss }), x)]);
  });

  it('a forest', () => {
    const first = fitRandomForestRegressor(x, risk, { nEstimators: 3 });
    const warmStart = restoreForest(exportRegressorOnnx(state, first), 'random-forest-regressor');
    const more = fitRandomForestRegressor(x, risk, { nEstimators: 6, warmStart });
    same([predict(more, x)], [predict(fitRandomForestRegressor(x, risk, { nEstimators: 6 }), x)]);
  });
});

describe('refused', () => {
  it('fewer trees than there are, other outputs, other features', () => {
    const first = fitGradientBoosting(x, binary, 2, { nEstimators: 4 });
    expect(() => fitGradientBoosting(x, binary, 2, { nEstimators: 3, warmStart: first })).toThrow(
      'nEstimators is 3, but the model to start from has 4 already',
    );
    expect(() => fitGradientBoosting(x, three, 3, { nEstimators: 5, warmStart: first })).toThrow(
      'has 1 outputs; 3 are needed',
    );
    const { trees } = fitRandomForest(x, binary, 2, { nEstimators: 3 });
    expect(() => fitRandomForest(x, binary, 2, { nEstimators: 2, warmStart: trees })).toThrow(
      'has 3 already',
    );
    expect(() => fitLogisticRegression(x, binary, 2, { warmStart: [[1, 2]] })).toThrow(
      '1 × 2 coefficients; 1 × 4',
    );
  });

  it('files of another algorithm, of others, and broken ones', () => {
    const bytes = file(fitRandomForest(x, binary, 2, { nEstimators: 2 }), 2);
    expect(() => restoreBoosting(bytes, 'gradient-boosting')).toThrow(
      'The model to start from is a random-forest; only a gradient-boosting of this project',
    );
    expect(() => restoreForest(bytes.subarray(0, 200), 'random-forest')).toThrow('cannot be read as ONNX');
  });
});
