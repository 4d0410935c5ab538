/** Models as files: an independent runtime must give what our estimators give, on the raw rows of real data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitDecisionTree } from '../../lib/ml/decision-tree';
import { fitDummy, fitDummyRegressor } from '../../lib/ml/dummy';
import { fitExtraTrees, fitExtraTreesRegressor } from '../../lib/ml/extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { anomalyScores, fitIsolationForest } from '../../lib/ml/isolation-forest';
import { fitKMeans, predictKMeans } from '../../lib/ml/k-means';
import { fitElasticNet, fitLinearRegression } from '../../lib/ml/linear-regression';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import { rocAuc } from '../../lib/ml/roc-auc';
import type { Matrix } from '../../lib/ml/matrix';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../../lib/ml/model';
import { fitNaiveBayes } from '../../lib/ml/naive-bayes';
import { fitNeighbours, fitNeighboursRegressor } from '../../lib/ml/nearest-neighbours';
import { exportOnnx, exportRegressorOnnx } from '../../lib/ml/onnx/export';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import { fitPreprocessor, transform, type PreprocessorState } from '../../lib/ml/preprocessor';
import type { RawColumn } from '../../lib/ml/raw-column';
import {
  fitTransformColumns,
  transformColumns,
  type ColumnStep,
} from '../../lib/ml/preprocessing/column-transformer';
import { DATE_PARTS, type DatePart } from '../../lib/ml/preprocessing/date-parts';
import { fitRandomForest, fitRandomForestRegressor } from '../../lib/ml/random-forest';
import { trainTestSplit } from '../../lib/ml/split';
import { onnxRuntime, onnxRuntimeEach, onnxRuntimeProbabilities } from '../support/onnx-runtime';

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
      ? [
          {
            name,
            kind: 'number',
            integer: values.every((value) => /^-?\d+$/.test(value)),
            values: values.map(Number),
          },
        ]
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
  ['decision tree', (x, y, classes) => fitDecisionTree(x, y, classes, { maxDepth: 6, minSamplesLeaf: 10 })],
  ['extra trees', (x, y, classes) => fitExtraTrees(x, y, classes, { minSamplesLeaf: 3, seed: 7 })],
  ['naive Bayes', (x, y, classes) => fitNaiveBayes(x, y, classes, { varSmoothing: 1e-2 })],
  ['nearest neighbours', (x, y, classes) => fitNeighbours(x, y, classes, { nNeighbors: 15 })],
];

describe.each([
  ['german credit', 'german_credit.csv', 'risk', ['good', 'bad'], 0.68],
  ['iris', 'iris.csv', 'species', ['setosa', 'versicolor', 'virginica'], 0.9],
] as const)('%s', (_data, file, target, classes, floor) => {
  const data = split(file, target, classes);

  const fitted = () =>
    FITS.map(([, fit]) => {
      const model = fit(data.x, data.y, classes.length);
      return { fitted: model, model: exportOnnx(data.state, model, classes), raw: data.testRaw };
    });
  let cases: ReturnType<typeof fitted>;
  let answers: ReturnType<typeof onnxRuntimeEach>;
  // One process for all of them, which takes a second to start.
  beforeAll(() => {
    cases = fitted();
    answers = onnxRuntimeEach(cases);
  });

  it.each(FITS.map(([name], i) => [name, i] as const))(
    '%s: ONNX Runtime and our scorer give what the model gives',
    (_name, i) => {
      const expected = predictProba(cases[i]!.fitted, data.testX);
      const ours = scoreOnnx(cases[i]!.model, data.testRaw);
      const { values: theirs, labels } = answers[i]!;
      expect(labels).toEqual(Array.from(predict(cases[i]!.fitted, data.testX), (c) => classes[c]));
      expected.forEach((column, c) =>
        column.forEach((value, row) => {
          expect(Math.abs((ours[c]?.[row] ?? Number.NaN) - value)).toBeLessThan(1e-6);
          expect(Math.abs((theirs[row * classes.length + c] ?? Number.NaN) - value)).toBeLessThan(1e-5);
        }),
      );
    },
  );

  it.each(FITS.map(([name], i) => [name, i] as const))('%s: learns from the data', (_name, i) => {
    const probabilities = predictProba(cases[i]!.fitted, data.testX);
    const last = classes.length - 1;
    const auc = rocAuc(
      Array.from(data.testY, (label) => (label === last ? 1 : 0)),
      probabilities[last] ?? [],
    );
    expect(auc).toBeGreaterThan(floor);
  });

  it('the same seeds give the same bytes', () => {
    expect(fitted().map(({ model }, i) => model.equals(cases[i]!.model))).toEqual(FITS.map(() => true));
  });
});

/** Columns as they are, but for the mean's place: what the preprocessor leaves to the model. */
function identity(names: readonly string[]): PreprocessorState {
  return { version: 1, columns: names.map((name) => ({ name, kind: 'number', mean: 0, scale: 1 })) };
}

describe('models of numbers, clusters and outliers', () => {
  const { columns } = load('bike_sharing_hourly.csv', 'none');
  const pick = (from: number, to: number): RawColumn[] =>
    columns
      .filter((column) => !['dteday', 'casual', 'registered', 'cnt'].includes(column.name))
      .map((column) => ({ ...column, values: column.values.slice(from, to) }) as RawColumn);
  const raw = pick(0, 3000);
  const rows = Array.from({ length: 3000 }, (_, row) => row);
  const state = fitPreprocessor(raw, rows);
  const x = transform(state, raw, rows);
  const counts = columns.find((column) => column.name === 'cnt')?.values ?? [];
  const y = Float64Array.from(rows, (row) => Number(counts[row]));
  const testRaw = pick(3000, 3100);
  const testX = transform(state, testRaw, rows.slice(0, 100));

  const made = (model: RegressorModel) => ({
    model: exportRegressorOnnx(state, model),
    expected: predict(model, testX),
    raw: testRaw,
  });
  const MODELS: readonly [string, () => { model: Buffer; expected: ArrayLike<number>; raw: RawColumn[] }][] =
    [
      ['linear regression', () => made(fitLinearRegression(x, y))],
      ['elastic net', () => made(fitElasticNet(x, y, { alpha: 0.1 }))],
      ['random forest', () => made(fitRandomForestRegressor(x, y, { nEstimators: 30, minSamplesLeaf: 3 }))],
      ['extra trees', () => made(fitExtraTreesRegressor(x, y, { nEstimators: 30, minSamplesLeaf: 3 }))],
      ['gradient boosting', () => made(fitGradientBoostingRegressor(x, y, { nEstimators: 50 }))],
      ['poisson', () => made(fitGradientBoostingRegressor(x, y, { nEstimators: 50, loss: 'poisson' }))],
      ['nearest neighbours', () => made(fitNeighboursRegressor(x, y, { metric: 'manhattan' }))],
      ['neighbours by distance', () => made(fitNeighboursRegressor(x, y, { weights: 'distance' }))],
      ['dummy', () => made(fitDummyRegressor(x, y))],
      [
        'k-means',
        () => {
          const model = fitKMeans(x, { nClusters: 4, nInit: 2 });
          return {
            model: exportRegressorOnnx(state, model),
            expected: predictKMeans(model, testX),
            raw: testRaw,
          };
        },
      ],
      [
        'isolation forest',
        () => {
          const model = fitIsolationForest(x);
          return {
            model: exportRegressorOnnx(state, model),
            expected: anomalyScores(model, testX),
            raw: testRaw,
          };
        },
      ],
    ];

  it('are saved as they are', () => {
    const cases = MODELS.map(([, make]) => make());
    const worst = onnxRuntimeEach(cases).map(({ values: theirs }, i) => {
      const { model, expected } = cases[i]!;
      const [ours] = scoreOnnx(model, testRaw);
      expect(theirs).toHaveLength(expected.length);
      const errors = Array.from(expected, (value, row) =>
        Math.max(
          ...[theirs[row], ours![row]].map((got) => Math.abs(got! - value) / Math.max(1, Math.abs(value))),
        ),
      );
      return [MODELS[i]![0], Math.max(...errors) < 1e-5];
    });
    expect(worst).toEqual(MODELS.map(([name]) => [name, true]));
  });

  it('dummy classes', () => {
    const model = fitDummy(
      x,
      Int32Array.from(y, (value) => (value > 100 ? 1 : 0)),
      2,
    );
    const bytes = exportOnnx(state, model, ['low', 'high']);
    const [low] = predictProba(model, { rows: 1 } as Matrix);
    expect(onnxRuntimeProbabilities(bytes, testRaw)[0]).toBeCloseTo(low?.[0] ?? Number.NaN, 6);
  });

  it('categories split as sets', () => {
    const codes: Matrix = {
      rows: 3000,
      names: ['hr', 'weathersit'],
      columns: ['hr', 'weathersit'].map((name) =>
        Float64Array.from(raw.find((column) => column.name === name)?.values ?? [], Number),
      ),
    };
    const model = fitGradientBoostingRegressor(codes, y, {
      nEstimators: 20,
      categoricalFeatures: ['hr', 'weathersit'],
    });
    const bytes = exportRegressorOnnx(identity(codes.names), model);
    const hours = testRaw.filter((column) => codes.names.includes(column.name));
    const at: Matrix = {
      ...codes,
      rows: 100,
      columns: codes.names.map((name) =>
        Float64Array.from(hours.find((column) => column.name === name)?.values ?? [], Number),
      ),
    };
    const theirs = onnxRuntimeProbabilities(bytes, hours);
    predict(model, at).forEach((value, row) => {
      expect(Math.abs((theirs[row] ?? Number.NaN) - value)).toBeLessThan(1e-3);
    });
  });

  it('nearest neighbours: a row that was learned from decides alone', () => {
    const model = fitNeighbours(
      x,
      Int32Array.from(y, (value) => (value > 100 ? 1 : 0)),
      2,
      { weights: 'distance', nNeighbors: 7 },
    );
    const known = raw.map((column) => ({ ...column, values: column.values.slice(0, 200) }) as RawColumn);
    const [, expected] = predictProba(model, transform(state, known, rows.slice(0, 200)));
    const bytes = exportOnnx(state, model, ['low', 'high']);
    const { values, labels } = onnxRuntime(bytes, known);
    const [, ours] = scoreOnnx(bytes, known);
    expected!.forEach((share, row) => {
      expect([share, labels![row]]).toEqual([y[row]! > 100 ? 1 : 0, y[row]! > 100 ? 'high' : 'low']);
      expect([values[row * 2 + 1], ours![row]]).toEqual([share, share]);
    });
  });
});

const PARTS: readonly DatePart[] = [
  ...DATE_PARTS,
  ...(['quarter', 'day-of-year', 'is-weekend', 'minute', 'days'] as const),
];
const DATES = [
  ['2026-03-07', '2024-02-29', ' 1969-12-31T23:59:59.5 ', '2023-12-31 10:05', '0004-01-01', '1900-02-28'],
  ['2000-03-01T00:30+02:00', '2000-02-29 23:15:07.25-0345', '2021-07-01T05:00Z', '2099-12-31T23:59:59-11'],
  ['', 'soon', '2021-02-30', '2021-13-01', '2021-1-1', '2021-01-01T24:00', 'March 7, 2021', '9999-12-31'],
].flat();

describe('features of the column transformer', () => {
  const { columns: plain, labels } = load('german_credit.csv', 'risk');
  const applied = plain[0]!.values.map((_, row) => DATES[row % DATES.length]!);
  const columns: readonly RawColumn[] = [...plain, { name: 'applied', kind: 'text', values: applied }];
  const gaps = columns.map(
    (column) =>
      (column.name === 'age_years' || column.name === 'job'
        ? { ...column, values: column.values.map((value, row) => (row % 7 === 0 ? null : value)) }
        : column) as RawColumn,
  );
  const y = Int32Array.from(labels, (label) => Number(label === 'bad'));
  const train = Array.from({ length: 800 }, (_, row) => row);
  const steps: readonly ColumnStep[] = [
    { kind: 'numbers', columns: ['age_years'], impute: { strategy: 'median' }, indicator: true },
    { kind: 'numbers', columns: ['duration_months'], scale: { kind: 'min-max', low: -1, clip: true } },
    { kind: 'numbers', columns: ['age_years'], impute: { strategy: 'none' }, scale: { kind: 'robust' } },
    { kind: 'bins', columns: ['credit_amount', 'duration_months'], nBins: 6 },
    { kind: 'polynomial', columns: ['credit_amount', 'duration_months'], degree: 3 },
    { kind: 'texts', columns: ['purpose'], encode: { kind: 'target' } },
    { kind: 'texts', columns: ['housing'], encode: { kind: 'ordinal' } },
    { kind: 'texts', columns: ['checking_status', 'job'] },
    { kind: 'texts', columns: ['job'], encode: { kind: 'one-hot', minFrequency: 100 } },
    { kind: 'texts', columns: ['purpose', 'job'], impute: { strategy: 'most-frequent' } },
    {
      kind: 'texts',
      columns: ['purpose'],
      impute: { strategy: 'constant', value: 'none' },
      encode: { kind: 'ordinal' },
    },
    { kind: 'texts', columns: ['job'], impute: { strategy: 'most-frequent' }, encode: { kind: 'target' } },
    { kind: 'bins', columns: ['age_years', 'credit_amount'], nBins: 4, encode: 'one-hot' },
    { kind: 'bins', columns: ['age_years'], nBins: 4, impute: { strategy: 'none' } },
    { kind: 'bins', columns: ['age_years'], nBins: 3, encode: 'one-hot', impute: { strategy: 'none' } },
    { kind: 'texts', columns: ['purpose', 'job'], encode: { kind: 'hashing', nFeatures: 5 } },
    {
      kind: 'texts',
      columns: ['job'],
      impute: { strategy: 'constant', value: 'none' },
      encode: { kind: 'hashing' },
    },
    { kind: 'dates', columns: ['applied'], parts: PARTS },
  ];
  const labelsOfTrain = y.subarray(0, 800);
  const { state, x } = fitTransformColumns(gaps, train, steps, Float64Array.from(labelsOfTrain));
  const used = new Set(steps.flatMap((step) => step.columns as readonly string[]));
  const testRaw = gaps
    .filter((column) => used.has(column.name))
    .map((column) => {
      const values: (string | number | null)[] = column.values.slice(800);
      if (column.name === 'purpose' || column.name === 'housing') values[3] = 'never seen';
      return { ...column, values } as RawColumn;
    });
  const allRows = Array.from({ length: 200 }, (_, row) => row);
  const testX = transformColumns(state, testRaw, allRows);

  it('are computed by ONNX Runtime and our scorer as they are here', () => {
    const model = fitGradientBoosting(x, labelsOfTrain, 2, { nEstimators: 40 });
    const expected = predictProba(model, testX)[1];
    const bytes = exportOnnx(state, model, ['good', 'bad']);
    const theirs = onnxRuntimeProbabilities(bytes, testRaw);
    const ours = scoreOnnx(bytes, testRaw)[1];
    expected?.forEach((value, row) => {
      expect(Math.abs((theirs[row * 2 + 1] ?? Number.NaN) - value)).toBeLessThan(1e-5);
      expect(Math.abs((ours?.[row] ?? Number.NaN) - value)).toBeLessThan(1e-6);
    });
  });

  it('each step by itself, as a linear model shows', () => {
    const cases = state.steps.map((step) => {
      const one = { version: 1, steps: [step] } as const;
      const raw = testRaw.filter(({ name }) => JSON.stringify(step.columns).includes(`"${name}"`));
      const x = transformColumns(one, raw, allRows);
      const coefficients = [...x.names.map((_, f) => 1 + f / 8), 0];
      const model = exportRegressorOnnx(one, { algorithm: 'ridge', coefficients, iterations: 1 });
      const values = allRows.map((row) =>
        x.columns.reduce((sum, column, f) => sum + column[row]! * coefficients[f]!, 0),
      );
      return { model, raw, values };
    });
    onnxRuntimeEach(cases).forEach((theirs, i) => {
      const { model, raw, values } = cases[i]!;
      const [ours] = scoreOnnx(model, raw);
      values.forEach((value, row) => {
        // JSON has no NaN.
        const digits = Math.abs(value) > 10_000 ? 1 : 3;
        const wanted = Number.isNaN(value) ? null : expect.closeTo(value, digits);
        const own = Number.isNaN(ours![row]) ? null : ours![row];
        expect([i, row, own, theirs.values[row]]).toEqual([i, row, wanted, wanted]);
      });
    });
  });
});
