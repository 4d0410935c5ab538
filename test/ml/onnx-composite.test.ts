/** Models made of others, saved as one graph: our scorer and ONNX Runtime give what the models give. */
import { fitCalibrated } from '../../lib/ml/calibration/calibrated-model';
import { predictAny, predictAnyProba, type AnyClassifier, type AnyRegressor } from '../../lib/ml/composite';
import { kFold, stratifiedKFold } from '../../lib/ml/cross-validation';
import { fitDecisionTree } from '../../lib/ml/decision-tree';
import { fitStacking, fitStackingRegressor } from '../../lib/ml/ensembles/stacking';
import { votingOf, votingRegressorOf } from '../../lib/ml/ensembles/voting';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { fitRidge } from '../../lib/ml/linear-regression';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import type { Matrix } from '../../lib/ml/matrix';
import { fitNaiveBayes } from '../../lib/ml/naive-bayes';
import { exportOnnx, exportRegressorOnnx } from '../../lib/ml/onnx/export';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import { fitPreprocessor, transform } from '../../lib/ml/preprocessor';
import type { RawColumn } from '../../lib/ml/raw-column';
import { loans } from '../support/learned';
import { onnxRuntimeProbabilities } from '../support/onnx-runtime';

const data = loans(5, 400, 3);
const raw: RawColumn[] = [
  { name: 'amount', kind: 'number', values: data['amount']![1] as number[] },
  { name: 'noise', kind: 'number', values: data['noise']![1] as (number | null)[] },
  { name: 'town', kind: 'text', values: data['town']![1] as string[] },
];
const rows = Array.from({ length: 400 }, (_, row) => row);
const state = fitPreprocessor(raw, rows);
const x = transform(state, raw, rows);
const labels = ['pays', 'late', 'fails'];
const three = Int32Array.from(data['outcome']![1], (label) => labels.indexOf(String(label)));
const two = three.map((label) => Math.min(1, label));
const loss = Float64Array.from(data['loss']![1], Number);

const tree = (part: Matrix, y: Int32Array, classes: number) =>
  fitDecisionTree(part, y, classes, { maxDepth: 3 });
const boosted = (part: Matrix, y: Int32Array, classes: number) =>
  fitGradientBoosting(part, y, classes, { nEstimators: 10, maxLeafNodes: 6 });

const MODELS: readonly [string, (y: Int32Array, classes: number) => AnyClassifier][] = [
  ['sigmoid', (y, k) => fitCalibrated(x, y, k, boosted, stratifiedKFold(y, { nSplits: 3 }))],
  ['isotonic', (y, k) => fitCalibrated(x, y, k, tree, stratifiedKFold(y, { nSplits: 3 }), 'isotonic')],
  ['voting', (y, k) => votingOf([tree(x, y, k), boosted(x, y, k), fitNaiveBayes(x, y, k)], [1, 2, 3])],
  [
    'stacking',
    (y, k) => fitStacking(x, y, k, [tree, fitLogisticRegression], stratifiedKFold(y, { nSplits: 3 })),
  ],
];

describe.each([
  ['two classes', two, 2],
  ['three classes', three, 3],
] as const)('of %s', (_what, y, classes) => {
  it.each(MODELS)('%s', (name, fit) => {
    const model = fit(y, classes);
    const bytes = exportOnnx(state, model, labels.slice(0, classes));
    const ours = scoreOnnx(bytes, raw);
    const expected = predictAnyProba(model, x);
    // Trees of few leaves give few scores, which lie on the corners of an isotonic calibration.
    const tolerance = name === 'isotonic' ? 1e-3 : 1e-5;
    expected.forEach((column, c) =>
      column.forEach((value, row) => expect(Math.abs(ours[c]![row]! - value)).toBeLessThan(tolerance)),
    );
    // A process of its own each time: what differs between two and three classes is the calibration.
    if (!(name === 'isotonic' || (name === 'sigmoid') === (classes === 3))) return;
    const few = raw.map((column) => ({ ...column, values: column.values.slice(0, 40) }) as RawColumn);
    const theirs = onnxRuntimeProbabilities(bytes, few);
    expected.forEach((column, c) => {
      for (let row = 0; row < 40; row++)
        expect(Math.abs(theirs[row * classes + c]! - column[row]!)).toBeLessThan(tolerance);
    });
  });
});

describe('of numbers', () => {
  const fits = [
    (part: Matrix, y: Float64Array) => fitRidge(part, y),
    (part: Matrix, y: Float64Array) => fitGradientBoostingRegressor(part, y, { nEstimators: 10 }),
  ];
  it.each<[string, () => AnyRegressor]>([
    [
      'voting',
      () =>
        votingRegressorOf(
          fits.map((fit) => fit(x, loss)),
          [1, 3],
        ),
    ],
    ['stacking', () => fitStackingRegressor(x, loss, fits, kFold(400, { nSplits: 3 }))],
  ])('%s', (name, fit) => {
    const model = fit();
    const bytes = exportRegressorOnnx(state, model);
    const [ours] = scoreOnnx(bytes, raw);
    const theirs = name === 'stacking' ? onnxRuntimeProbabilities(bytes, raw) : ours!;
    predictAny(model, x).forEach((value, row) => {
      expect(Math.abs(ours![row]! - value)).toBeLessThan(1e-3);
      expect(Math.abs(theirs[row]! - value)).toBeLessThan(1e-3);
    });
  });
});
