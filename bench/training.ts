/**
 * Our estimators beside scikit-learn's on the same numbers: seconds to fit and to predict, score on held-out rows, and
 * the ratio of the times (below 1 we are faster). Both run on one thread; seconds are the processor's, so that other
 * work on the machine counts less.
 *
 *   npm run bench:training [-- <part of a case's name>]
 *
 * The peer needs a Python with scikit-learn and pandas: `python3`, or the one that PYTHON names. Without it our side
 * runs alone and says so. German credit is small: the best of three fits counts there.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitDecisionTree } from '../lib/ml/decision-tree';
import { fitExtraTrees } from '../lib/ml/extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../lib/ml/gradient-boosting';
import { anomalyScores, fitIsolationForest } from '../lib/ml/isolation-forest';
import { fitKMeans, predictKMeans } from '../lib/ml/k-means';
import { fitLasso, fitLinearRegression, fitRidge } from '../lib/ml/linear-regression';
import { fitLogisticRegression } from '../lib/ml/logistic-regression';
import type { Matrix } from '../lib/ml/matrix';
import { rocAuc } from '../lib/ml/roc-auc';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../lib/ml/model';
import { fitNaiveBayes } from '../lib/ml/naive-bayes';
import { fitNeighbours } from '../lib/ml/nearest-neighbours';
import { fitRandomForest, fitRandomForestRegressor } from '../lib/ml/random-forest';
import { regressionMetricsOf } from '../lib/ml/regression-metrics';
import { generated, germanCredit, type Dataset } from './support/training-data';

const PYTHON = process.env['PYTHON'] ?? 'python3';

type Task = 'classification' | 'regression' | 'clustering' | 'anomaly';

/** A fitted model: what it predicts for some rows. */
type Predict = (x: Matrix) => Float64Array;

interface Case {
  readonly name: string;
  readonly data: Dataset;
  readonly task: Task;
  readonly repeats: number;
  readonly estimator: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fit: (data: Dataset) => Predict;
}

interface Result {
  readonly seconds: number;
  readonly predictSeconds: number;
  readonly score: number;
}

type Row = Omit<Case, 'data' | 'task' | 'repeats' | 'fit'>;

const classes = (
  name: string,
  estimator: string,
  params: Case['params'],
  fit: (x: Matrix, y: Int32Array, classes: number) => ClassifierModel,
) => ({
  name,
  estimator,
  params,
  task: 'classification' as const,
  fit: (data: Dataset): Predict => {
    const model = fit(data.x, Int32Array.from(data.y), 2);
    return (x) => predictProba(model, x)[1] ?? new Float64Array();
  },
});

const numbers = (
  name: string,
  estimator: string,
  params: Case['params'],
  fit: (x: Matrix, y: Float64Array) => RegressorModel,
) => ({
  name,
  estimator,
  params,
  task: 'regression' as const,
  fit: (data: Dataset): Predict => {
    const model = fit(data.x, data.y);
    return (x) => predict(model, x);
  },
});

const forest = { nEstimators: 100, seed: 1 } as const;
const CLASSIFIERS: readonly (Row & Pick<Case, 'task' | 'fit'>)[] = [
  classes(
    'logistic regression',
    'sklearn.linear_model.LogisticRegression',
    { C: 1, max_iter: 200, tol: 1e-4 },
    (x, y, k) => fitLogisticRegression(x, y, k, { c: 1, maxIter: 200, tol: 1e-4 }),
  ),
  classes(
    'logistic, L1',
    'sklearn.linear_model.LogisticRegression',
    { C: 0.1, l1_ratio: 1, solver: 'saga', max_iter: 1000, tol: 1e-4 },
    (x, y, k) => fitLogisticRegression(x, y, k, { c: 0.1, penalty: 'l1', tol: 1e-4 }),
  ),
  classes(
    'gradient boosting',
    'sklearn.ensemble.HistGradientBoostingClassifier',
    { max_iter: 100, early_stopping: false },
    (x, y, k) => fitGradientBoosting(x, y, k),
  ),
  classes(
    'random forest',
    'sklearn.ensemble.RandomForestClassifier',
    { n_estimators: 100, random_state: 1 },
    (x, y, k) => fitRandomForest(x, y, k, forest),
  ),
  classes(
    'random forest, depth 12',
    'sklearn.ensemble.RandomForestClassifier',
    { n_estimators: 100, max_depth: 12, random_state: 1 },
    (x, y, k) => fitRandomForest(x, y, k, { ...forest, maxDepth: 12 }),
  ),
  classes(
    'extra trees',
    'sklearn.ensemble.ExtraTreesClassifier',
    { n_estimators: 100, random_state: 1 },
    (x, y, k) => fitExtraTrees(x, y, k, forest),
  ),
  classes(
    'decision tree',
    'sklearn.tree.DecisionTreeClassifier',
    { min_samples_leaf: 20, random_state: 1 },
    (x, y, k) => fitDecisionTree(x, y, k, { minSamplesLeaf: 20 }),
  ),
  classes('naive Bayes', 'sklearn.naive_bayes.GaussianNB', {}, (x, y, k) => fitNaiveBayes(x, y, k)),
];

const NEIGHBOURS = classes(
  'nearest neighbours',
  'sklearn.neighbors.KNeighborsClassifier',
  { n_neighbors: 15 },
  (x, y, k) => fitNeighbours(x, y, k, { nNeighbors: 15 }),
);

const REGRESSORS: readonly (Row & Pick<Case, 'task' | 'fit'>)[] = [
  numbers('linear regression', 'sklearn.linear_model.LinearRegression', {}, (x, y) =>
    fitLinearRegression(x, y),
  ),
  numbers('ridge', 'sklearn.linear_model.Ridge', {}, (x, y) => fitRidge(x, y)),
  numbers('lasso', 'sklearn.linear_model.Lasso', { alpha: 0.05 }, (x, y) => fitLasso(x, y, { alpha: 0.05 })),
  numbers(
    'gradient boosting, numbers',
    'sklearn.ensemble.HistGradientBoostingRegressor',
    { max_iter: 100, early_stopping: false },
    (x, y) => fitGradientBoostingRegressor(x, y),
  ),
  numbers(
    'random forest, numbers',
    'sklearn.ensemble.RandomForestRegressor',
    { n_estimators: 20, max_features: 0.33, min_samples_leaf: 5, random_state: 1 },
    (x, y) => fitRandomForestRegressor(x, y, { nEstimators: 20, maxFeatures: 0.33, minSamplesLeaf: 5 }),
  ),
];

const OTHERS: readonly (Row & Pick<Case, 'task' | 'fit'>)[] = [
  {
    name: 'k-means (inertia per row)',
    estimator: 'sklearn.cluster.KMeans',
    params: { n_clusters: 8, n_init: 3, random_state: 1 },
    task: 'clustering',
    fit: ({ x }) => {
      const model = fitKMeans(x, { nClusters: 8, nInit: 3, seed: 1 });
      return (other) => {
        const labels = predictKMeans(model, other);
        return Float64Array.from(labels, (label, row) =>
          (model.centres[label] ?? []).reduce(
            (sum, centre, f) => sum + ((other.columns[f]?.[row] ?? 0) - centre) ** 2,
            0,
          ),
        );
      };
    },
  },
  {
    name: 'isolation forest (mean)',
    estimator: 'sklearn.ensemble.IsolationForest',
    params: { random_state: 1 },
    task: 'anomaly',
    fit: ({ x }) => {
      const model = fitIsolationForest(x, { seed: 1 });
      return (other) => anomalyScores(model, other);
    },
  },
];

function cases(scratch: string): Case[] {
  const small = germanCredit(scratch);
  const large = generated(scratch, 120_000, 20, 'classification');
  const amounts = generated(scratch, 120_000, 20, 'regression');
  const middle = generated(scratch, 12_000, 20, 'classification');
  return [
    ...[...CLASSIFIERS, NEIGHBOURS].map((one) => ({ ...one, data: small, repeats: 3 })),
    ...CLASSIFIERS.map((one) => ({ ...one, data: large, repeats: 1 })),
    { ...NEIGHBOURS, data: middle, repeats: 1 },
    ...REGRESSORS.map((one) => ({ ...one, data: amounts, repeats: 1 })),
    ...OTHERS.map((one) => ({ ...one, data: large, repeats: 1 })),
  ];
}

function measure({ data, task, repeats, fit }: Case): Result {
  let seconds = Number.POSITIVE_INFINITY;
  let predictRows: Predict = () => new Float64Array();
  for (let i = 0; i < repeats; i++) {
    const start = processorSeconds();
    predictRows = fit(data);
    seconds = Math.min(seconds, processorSeconds() - start);
  }
  const start = processorSeconds();
  const predicted = predictRows(data.testX);
  const predictSeconds = processorSeconds() - start;
  return { seconds, predictSeconds, score: scoreOf(task, data.testY, predicted) };
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function scoreOf(task: Task, actual: Float64Array, predicted: Float64Array): number {
  switch (task) {
    case 'classification':
      return rocAuc(actual, predicted);
    case 'regression':
      return regressionMetricsOf(actual, predicted).r2;
    case 'clustering':
    case 'anomaly':
      return predicted.reduce((sum, value) => sum + value, 0) / predicted.length;
  }
}

/** The peer's results, or why there are none. */
function peer(chosen: readonly Case[]): Result[] | string {
  const check = spawnSync(PYTHON, ['-c', 'import sklearn, pandas; print(sklearn.__version__)'], {
    encoding: 'utf8',
  });
  if (check.error !== undefined) return `there is no '${PYTHON}'`;
  if (check.status !== 0)
    return `'${PYTHON}' lacks scikit-learn or pandas: ${check.stderr.trim().split('\n').at(-1)}`;
  console.log(`scikit-learn ${check.stdout.trim()}, Node ${process.version}, one thread each\n`);
  const input = chosen.map(({ data, task, repeats, estimator, params }) => ({
    data: data.csv,
    task,
    repeats,
    estimator,
    params,
  }));
  const run = spawnSync(PYTHON, [join(__dirname, 'support', 'training-peer.py')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' },
  });
  if (run.status !== 0) return `the Python script failed:\n${run.stderr}`;
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
}

function row(...cells: string[]): void {
  console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 28 : 15) : cell.padStart(11))).join(''));
}

function main(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-training-'));
  try {
    const wanted = process.argv[2] ?? '';
    const chosen = cases(scratch).filter((one) => `${one.name} ${one.data.name}`.includes(wanted));
    const theirs = peer(chosen);
    if (typeof theirs === 'string') {
      console.log(`No comparison: ${theirs}.`);
      console.log(
        'Install it (python3 -m venv skl && skl/bin/pip install scikit-learn pandas) and set PYTHON.\n',
      );
    }
    row(
      'estimator',
      'train rows',
      'ours s',
      'sklearn s',
      'ratio',
      'predict s',
      'sklearn s',
      'score',
      'sklearn',
    );
    chosen.forEach((one, i) => {
      const ours = measure(one);
      const other = typeof theirs === 'string' ? undefined : theirs[i];
      row(
        one.name,
        one.data.name,
        ours.seconds.toFixed(3),
        other?.seconds.toFixed(3) ?? '-',
        other === undefined ? '-' : (ours.seconds / other.seconds).toFixed(2),
        ours.predictSeconds.toFixed(3),
        other?.predictSeconds.toFixed(3) ?? '-',
        ours.score.toFixed(4),
        other?.score.toFixed(4) ?? '-',
      );
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

main();
