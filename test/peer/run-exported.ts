/**
 * Python reads what we save: `npm run peer:exported`. Each estimator, over plain preprocessing and over all steps of the
 * column transformer, is written as the MLflow folder that tasks leave behind; ONNX Runtime scores its file and
 * `mlflow.pyfunc.load_model` its folder as we do. Needs a Python with mlflow, onnxruntime and pandas: `python3`, or the one
 * that PYTHON names.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { columnsTaken, featuresOf, type AnyPreprocessor } from '../../lib/ml/any-preprocessor';
import { fitCalibrated } from '../../lib/ml/calibration/calibrated-model';
import { predictAny, predictAnyProba, type AnyClassifier, type AnyRegressor } from '../../lib/ml/composite';
import { kFold, stratifiedKFold } from '../../lib/ml/cross-validation';
import { fitStacking, fitStackingRegressor } from '../../lib/ml/ensembles/stacking';
import { votingOf, votingRegressorOf } from '../../lib/ml/ensembles/voting';
import { classifierOf, regressorOf } from '../../lib/ml/estimators';
import { anomalyScores, fitIsolationForest } from '../../lib/ml/isolation-forest';
import { fitKMeans, predictKMeans } from '../../lib/ml/k-means';
import type { Matrix } from '../../lib/ml/matrix';
import { mlflowFolder } from '../../lib/ml/mlflow-folder';
import { exportOnnx, exportRegressorOnnx } from '../../lib/ml/onnx/export';
import { fitTransformColumns, type ColumnStep } from '../../lib/ml/preprocessing/column-transformer';
import { fitPreprocessor } from '../../lib/ml/preprocessor';
import type { RawColumn } from '../../lib/ml/raw-column';
import {
  CLASSIFIER_PARAMS,
  REGRESSOR_PARAMS,
  type ClassifierName,
  type RegressorName,
} from '../../lib/tasks/estimator';

const PYTHON = process.env['PYTHON'] ?? 'python3';
const SCRIPT = `
import json, os, sys, warnings
warnings.filterwarnings("ignore")
import mlflow, mlflow.pyfunc, numpy as np, onnxruntime, pandas as pd
for case in json.load(sys.stdin):
    expected = np.array(case["expected"])
    frame = pd.DataFrame({column["name"]: pd.Series(column["values"], dtype=object if column["kind"] == "text" else float) for column in case["raw"]})
    for column in case["raw"]:
        if column.get("integer"):
            frame[column["name"]] = frame[column["name"]].astype("int64")
    session = onnxruntime.InferenceSession(os.path.join(case["folder"], "model.onnx"), providers=["CPUExecutionProvider"])
    kinds = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    feeds = {}
    for node in session.get_inputs():
        column = frame[node.name]
        values = column.to_numpy(kinds[node.type]) if node.type in kinds else column.where(column.notna(), "").to_numpy(object)
        feeds[node.name] = values.reshape(-1, 1) if len(node.shape) == 2 else values
    names = [node.name for node in session.get_outputs() if node.name != "label"]
    direct = np.array([np.reshape(one, -1) for one in session.run(names, feeds)], dtype=float)
    loaded = mlflow.pyfunc.load_model(case["folder"]).predict(frame)
    gaps = []
    for got in (direct, loaded[names].to_numpy(float).T):
        assert got.shape == expected.shape, (case["name"], got.shape, expected.shape)
        gaps.append(float((np.abs(got - expected) / np.maximum(1, np.abs(expected))).max()))
    print(f'{case["name"]}: {expected.shape[1]} rows, greatest difference {gaps[0]:.2g} by ONNX Runtime, {gaps[1]:.2g} by pyfunc')
    assert max(gaps) < 1e-5, case["name"]
print("onnxruntime", onnxruntime.__version__, "mlflow", mlflow.__version__)
`;

const HELD = 200;
const [head = '', ...lines] = readFileSync(join(__dirname, '..', '..', 'data', 'german_credit.csv'), 'utf8')
  .trimEnd()
  .split('\n');
const names = head.trim().split(',');
const cells = lines.map((line) => line.trim().split(','));
const day = (row: number) => new Date(Date.UTC(2026, 0, 1, row * 7)).toISOString();
const raw: RawColumn[] = names
  .filter((name) => name !== 'risk')
  .map((name): RawColumn => {
    const texts = cells.map((row) => row[names.indexOf(name)]!);
    if (texts.some((text) => Number.isNaN(Number(text))))
      return { name, kind: 'text', values: texts.map((text, row) => (row % 11 === 0 ? null : text)) };
    const gaps = name === 'age_years';
    return {
      name,
      kind: 'number',
      integer: !gaps,
      values: texts.map((text, row) => (gaps && row % 7 === 0 ? null : Number(text))),
    };
  });
raw.push({ name: 'applied', kind: 'text', values: cells.map((_, row) => day(row)) });
const classes = ['good', 'bad'];
const labels = Int32Array.from(cells, (row) => classes.indexOf(row[names.indexOf('risk')]!));
const amounts = Float64Array.from(cells, (row) => Number(row[names.indexOf('credit_amount')]) / 1000);
const rowsFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const [train, held] = [rowsFrom(0, cells.length - HELD), rowsFrom(cells.length - HELD, cells.length)];
const heldRaw = raw.map(
  (column) => ({ ...column, values: held.map((row) => column.values[row]!) }) as RawColumn,
);

const STEPS: readonly ColumnStep[] = [
  { kind: 'numbers', impute: { strategy: 'median' }, indicator: true },
  { kind: 'bins', columns: ['credit_amount'], nBins: 6, encode: 'one-hot' },
  { kind: 'polynomial', columns: ['duration_months', 'age_years'] },
  { kind: 'texts', columns: ['purpose'], encode: { kind: 'target' } },
  { kind: 'texts', columns: ['housing'], encode: { kind: 'ordinal' }, impute: { strategy: 'most-frequent' } },
  { kind: 'texts', columns: ['job'], encode: { kind: 'hashing', nFeatures: 5 } },
  { kind: 'texts', columns: ['checking_status'], encode: { kind: 'one-hot', minFrequency: 100 } },
  { kind: 'dates', columns: ['applied'] },
];

interface Prepared {
  readonly state: AnyPreprocessor;
  readonly x: Matrix;
}
const plainState = fitPreprocessor(
  raw.filter(({ name }) => name !== 'applied'),
  train,
);
const plain: Prepared = { state: plainState, x: featuresOf(plainState, raw, train) };
const y = labels.subarray(0, train.length);
const numbers = amounts.subarray(0, train.length);
const stepped: Prepared = fitTransformColumns(raw, train, STEPS, Float64Array.from(y));

const few = (name: string) => (/forest|trees|boosting/.test(name) ? { nEstimators: 20 } : {});
const classifier = (name: ClassifierName) => classifierOf(name, few(name), classes);
const regressor = (name: RegressorName) => regressorOf(name, few(name));
const folds = stratifiedKFold(y, { nSplits: 3, seed: 1 });

type Case = readonly [
  name: string,
  model: AnyClassifier | AnyRegressor,
  onnx: Buffer,
  expected: readonly Float64Array[],
  state: AnyPreprocessor,
];
function ofClasses(name: string, { state, x }: Prepared, fit: (x: Matrix) => AnyClassifier): Case {
  const model = fit(x);
  return [
    name,
    model,
    exportOnnx(state, model, classes),
    predictAnyProba(model, featuresOf(state, raw, held)),
    state,
  ];
}
function ofNumbers(name: string, { state, x }: Prepared, fit: (x: Matrix) => AnyRegressor): Case {
  const model = fit(x);
  return [
    name,
    model,
    exportRegressorOnnx(state, model),
    [predictAny(model, featuresOf(state, raw, held))],
    state,
  ];
}

function* cases(): Generator<Case> {
  for (const name of Object.keys(CLASSIFIER_PARAMS) as ClassifierName[])
    for (const [kind, prepared] of [
      ['plain', plain],
      ['steps', stepped],
    ] as const)
      yield ofClasses(`${name}, ${kind}`, prepared, (x) => classifier(name)(x, y, 2));
  for (const name of Object.keys(REGRESSOR_PARAMS) as RegressorName[])
    yield ofNumbers(name, plain, (x) => regressor(name)(x, numbers));
  for (const method of ['sigmoid', 'isotonic'] as const)
    yield ofClasses(`calibrated, ${method}`, plain, (x) =>
      fitCalibrated(x, y, 2, classifier('logistic-regression'), folds, method),
    );
  const members = (['logistic-regression', 'random-forest'] as const).map(classifier);
  yield ofClasses('stacking', plain, (x) => fitStacking(x, y, 2, members, folds));
  yield ofClasses('voting', plain, (x) =>
    votingOf(
      members.map((fit) => fit(x, y, 2)),
      [1, 2],
    ),
  );
  const estimators = (['ridge', 'random-forest-regressor'] as const).map(regressor);
  yield ofNumbers('stacking of numbers', plain, (x) =>
    fitStackingRegressor(x, numbers, estimators, kFold(x.rows, { nSplits: 3, seed: 1 })),
  );
  yield ofNumbers('voting of numbers', plain, (x) =>
    votingRegressorOf(estimators.map((fit) => fit(x, numbers))),
  );
  const heldX = featuresOf(plain.state, raw, held);
  const clusters = fitKMeans(plain.x, { nClusters: 4, nInit: 1 });
  yield [
    'k-means',
    clusters as never,
    exportRegressorOnnx(plain.state, clusters),
    [Float64Array.from(predictKMeans(clusters, heldX))],
    plain.state,
  ];
  const forest = fitIsolationForest(plain.x, { nEstimators: 20 });
  yield [
    'isolation forest',
    forest as never,
    exportRegressorOnnx(plain.state, forest),
    [anomalyScores(forest, heldX)],
    plain.state,
  ];
}

const scratch = mkdtempSync(join(tmpdir(), 'millrace-exported-'));
try {
  const written = [...cases()].map(([name, , onnx, expected, preprocessor], i) => {
    const folder = join(scratch, String(i));
    const taken = new Set(columnsTaken(preprocessor));
    const example = heldRaw
      .filter((column) => taken.has(column.name))
      // Steps take every number as a double, and MLflow makes none of an int64.
      .map((column) =>
        column.kind === 'number' && 'steps' in preprocessor ? { ...column, integer: false } : column,
      );
    const isClasses = expected.length > 1;
    for (const file of mlflowFolder({
      onnx,
      preprocessor,
      classes: isClasses ? classes : [],
      runId: 'a'.repeat(32),
      example,
      createdAt: '2026-01-01T00:00:00.000Z',
    })) {
      mkdirSync(dirname(join(folder, file.path)), { recursive: true });
      writeFileSync(join(folder, file.path), file.body);
    }
    return { name, folder, raw: example, expected: expected.map((column) => [...column]) };
  });
  const run = spawnSync(PYTHON, ['-c', SCRIPT], {
    input: JSON.stringify(written),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  console.log(run.stdout ?? '');
  if (run.error !== undefined || run.status !== 0) {
    console.error(
      run.error === undefined
        ? run.stderr
        : `There is no '${PYTHON}'. Set PYTHON to one with mlflow and onnxruntime.`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
