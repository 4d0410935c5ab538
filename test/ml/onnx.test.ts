/** Models as files: an independent runtime must give what our estimators give, on the raw rows of real data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitGradientBoosting } from '../../lib/ml/gradient-boosting';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { rocAuc } from '../../lib/ml/metrics';
import { predictProba, type ClassifierModel } from '../../lib/ml/model';
import { exportOnnx } from '../../lib/ml/onnx/export';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import { fitPreprocessor, transform, type RawColumn } from '../../lib/ml/preprocessor';
import { fitRandomForest } from '../../lib/ml/random-forest';
import { trainTestSplit } from '../../lib/ml/split';
import { onnxRuntimeProbabilities } from '../support/onnx-runtime';

function load(file: string, target: string): { columns: RawColumn[]; labels: string[] } {
  const [head = '', ...lines] = readFileSync(join(__dirname, '..', '..', 'data', file), 'utf8')
    .trimEnd()
    .split('\n');
  const cells = lines.map((line) => line.split(','));
  const names = head.split(',');
  const columns = names.flatMap((name, i): RawColumn[] => {
    if (name === target) return [];
    const values = cells.map((row) => row[i] ?? '');
    return values.every((value) => value !== '' && !Number.isNaN(Number(value)))
      ? [{ name, kind: 'number', values: values.map(Number) }]
      : [{ name, kind: 'text', values }];
  });
  return { columns, labels: cells.map((row) => row[names.indexOf(target)] ?? '') };
}

function split(file: string, target: string, classes: readonly string[]) {
  const { columns, labels } = load(file, target);
  const y = Int32Array.from(labels, (label) => classes.indexOf(label));
  const { train, test } = trainTestSplit(y, classes.length, 0.2, 42, true);
  const state = fitPreprocessor(columns, train);
  const pick = (rows: readonly number[]): RawColumn[] =>
    columns.map(
      (column) => ({ ...column, values: rows.map((row) => column.values[row] ?? null) }) as RawColumn,
    );
  return {
    state,
    x: transform(state, columns, train),
    y: Int32Array.from(train, (row) => y[row] ?? 0),
    testX: transform(state, columns, test),
    testY: Int32Array.from(test, (row) => y[row] ?? 0),
    testRaw: pick(test),
  };
}

const boosting = {
  nEstimators: 60,
  learningRate: 0.1,
  maxLeafNodes: 8,
  maxDepth: null,
  minSamplesLeaf: 10,
  l2Regularization: 1,
};
const FITS: readonly [
  string,
  (x: ReturnType<typeof split>['x'], y: Int32Array, classes: number) => ClassifierModel,
][] = [
  [
    'random forest',
    (x, y, classes) =>
      fitRandomForest(x, y, classes, {
        nEstimators: 100,
        maxDepth: null,
        minSamplesLeaf: 2,
        maxFeatures: 'sqrt',
        seed: 7,
      }),
  ],
  ['gradient boosting', (x, y, classes) => fitGradientBoosting(x, y, classes, boosting)],
  [
    'logistic regression',
    (x, y, classes) => fitLogisticRegression(x, y, classes, { c: 1, maxIter: 200, tol: 1e-5 }),
  ],
];

describe.each([
  ['german credit', 'german_credit.csv', 'risk', ['good', 'bad'], 0.74],
  ['iris', 'iris.csv', 'species', ['setosa', 'versicolor', 'virginica'], 0.9],
] as const)('%s', (_data, file, target, classes, floor) => {
  const data = split(file, target, classes);

  it.each(FITS)('%s: ONNX Runtime and our scorer give what the model gives', (_name, fit) => {
    const model = fit(data.x, data.y, classes.length);
    const expected = predictProba(model, data.testX);
    const bytes = exportOnnx(data.state, model, classes);
    const ours = scoreOnnx(bytes, data.testRaw);
    const theirs = onnxRuntimeProbabilities(bytes, data.testRaw);
    expected.forEach((column, c) =>
      column.forEach((value, row) => {
        expect(Math.abs((ours[c]?.[row] ?? Number.NaN) - value)).toBeLessThan(1e-6);
        expect(Math.abs((theirs[row * classes.length + c] ?? Number.NaN) - value)).toBeLessThan(1e-5);
      }),
    );
  });

  it.each(FITS)('%s: learns from the data', (_name, fit) => {
    const probabilities = predictProba(fit(data.x, data.y, classes.length), data.testX);
    const last = classes.length - 1;
    const auc = rocAuc(
      Array.from(data.testY, (label) => (label === last ? 1 : 0)),
      probabilities[last] ?? [],
    );
    expect(auc).toBeGreaterThan(floor);
  });

  it.each(FITS)('%s: the same seed gives the same bytes', (_name, fit) => {
    const file1 = exportOnnx(data.state, fit(data.x, data.y, classes.length), classes);
    expect(exportOnnx(data.state, fit(data.x, data.y, classes.length), classes).equals(file1)).toBe(true);
  });
});
