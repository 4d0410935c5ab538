/**
 * Our estimators beside scikit-learn's and XGBoost's on the same numbers: seconds to fit, the ratio of the times (below
 * 1 we are faster), seconds to predict, score on held-out rows, and the most memory that each process had, data and all.
 *
 *   npm run bench:training [-- <part of a case's name>]
 *   SIZE=large npm run bench:training          1,000,000 × 30 instead of 100,000 × 20
 *   THREADS=4 npm run bench:training           equal threads on both sides
 *
 * Each case is a process of its own on either side, one after the other. On one thread seconds are the processor's, so
 * that other work on the machine counts less; on more they are the clock's.
 *
 * The peer needs a Python with scikit-learn (and xgboost): `python3`, or the one that PYTHON names. Without it our side
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
import { generated, germanCredit, readData, type DataFile, type Dataset } from './support/training-data';

const PYTHON = process.env['PYTHON'] ?? 'python3';
const THREADS = Number(process.env['THREADS'] ?? 1);
const LARGE = process.env['SIZE'] === 'large';

type Task = 'classification' | 'regression' | 'clustering' | 'anomaly';

/** A fitted model: what it predicts for some rows. */
type Predict = (x: Matrix) => Float64Array;

interface Case {
  readonly name: string;
  readonly data: DataFile;
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
  readonly peakMb: number;
  /** While fitting. */
  readonly grownMb: number;
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

const forest = { nEstimators: 100, seed: 1, threads: THREADS } as const;
const jobs = { n_jobs: THREADS };
const boosting = { threads: THREADS };
/** As many leaves and rounds, and as small steps, as ours. */
const xgboost = {
  tree_method: 'hist',
  grow_policy: 'lossguide',
  max_leaves: 31,
  max_depth: 0,
  learning_rate: 0.1,
  n_estimators: 100,
  n_jobs: THREADS,
};
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
    (x, y, k) => fitGradientBoosting(x, y, k, boosting),
  ),
  classes('gradient boosting, XGBoost', 'xgboost.XGBClassifier', xgboost, (x, y, k) =>
    fitGradientBoosting(x, y, k, boosting),
  ),
  classes(
    'random forest',
    'sklearn.ensemble.RandomForestClassifier',
    { n_estimators: 100, random_state: 1, ...jobs },
    (x, y, k) => fitRandomForest(x, y, k, forest),
  ),
  classes(
    'random forest, depth 12',
    'sklearn.ensemble.RandomForestClassifier',
    { n_estimators: 100, max_depth: 12, random_state: 1, ...jobs },
    (x, y, k) => fitRandomForest(x, y, k, { ...forest, maxDepth: 12 }),
  ),
  classes(
    'extra trees',
    'sklearn.ensemble.ExtraTreesClassifier',
    { n_estimators: 100, random_state: 1, ...jobs },
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
    (x, y) => fitGradientBoostingRegressor(x, y, boosting),
  ),
  numbers('boosting, numbers, XGBoost', 'xgboost.XGBRegressor', xgboost, (x, y) =>
    fitGradientBoostingRegressor(x, y, boosting),
  ),
  numbers(
    'random forest, numbers',
    'sklearn.ensemble.RandomForestRegressor',
    { n_estimators: 20, max_features: 0.33, min_samples_leaf: 5, random_state: 1, ...jobs },
    (x, y) =>
      fitRandomForestRegressor(x, y, { ...forest, nEstimators: 20, maxFeatures: 0.33, minSamplesLeaf: 5 }),
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

/** What takes minutes on 1,000,000 rows and says little. */
const SMALL_ONLY = ['logistic, L1', 'extra trees', 'decision tree', 'random forest', 'lasso'];

/** Every case with the data that it takes; `file` makes them, or finds those that are there. */
function cases(file: {
  credit: () => DataFile;
  generated: (rows: number, columns: number, task: 'classification' | 'regression') => DataFile;
}): (Omit<Case, 'data'> & { readonly data: () => DataFile })[] {
  const rows = LARGE ? 1_200_000 : 120_000;
  const columns = LARGE ? 30 : 20;
  const large = () => file.generated(rows, columns, 'classification');
  const amounts = () => file.generated(rows, columns, 'regression');
  const middle = () => file.generated(12_000, 20, 'classification');
  const wanted = ({ name }: Row) => !LARGE || !SMALL_ONLY.includes(name);
  return [
    ...(LARGE ? [] : [...CLASSIFIERS, NEIGHBOURS]).map((one) => ({ ...one, data: file.credit, repeats: 3 })),
    ...CLASSIFIERS.filter(wanted).map((one) => ({ ...one, data: large, repeats: 1 })),
    ...(LARGE ? [] : [{ ...NEIGHBOURS, data: middle, repeats: 1 }]),
    ...REGRESSORS.filter(wanted).map((one) => ({ ...one, data: amounts, repeats: 1 })),
    ...OTHERS.map((one) => ({ ...one, data: large, repeats: 1 })),
  ];
}

/** Our side of one case, in a process of its own. */
function measure({ task, repeats, fit }: Omit<Case, 'data'>, file: DataFile): Result {
  const data = readData(file);
  const before = process.resourceUsage().maxRSS;
  let seconds = Number.POSITIVE_INFINITY;
  let predictRows: Predict = () => new Float64Array();
  for (let i = 0; i < repeats; i++) {
    const start = now();
    predictRows = fit(data);
    seconds = Math.min(seconds, now() - start);
  }
  const peak = process.resourceUsage().maxRSS;
  const start = now();
  const predicted = predictRows(data.testX);
  const predictSeconds = now() - start;
  return {
    seconds,
    predictSeconds,
    score: scoreOf(task, data.testY, predicted),
    peakMb: peak / 1024,
    grownMb: (peak - before) / 1024,
  };
}

function now(): number {
  return THREADS > 1 ? performance.now() / 1e3 : processorSeconds();
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

/** Why there is no peer, or nothing. */
function peerMissing(): string | undefined {
  const check = spawnSync(PYTHON, ['-c', 'import sklearn; print(sklearn.__version__)'], { encoding: 'utf8' });
  if (check.error !== undefined) return `there is no '${PYTHON}'`;
  if (check.status !== 0) return `'${PYTHON}' lacks scikit-learn: ${check.stderr.trim().split('\n').at(-1)}`;
  console.log(
    `scikit-learn ${check.stdout.trim()}, Node ${process.version}, ${THREADS} thread(s) each, seconds ${THREADS > 1 ? 'by the clock' : 'of the processor'}\n`,
  );
  return undefined;
}

/** The peer's side of one case; the last line of what it says instead when it fails. */
function peer({ task, repeats, estimator, params }: Omit<Case, 'data'>, file: DataFile): Result | string {
  const threads = String(THREADS);
  const run = spawnSync(PYTHON, [join(__dirname, 'support', 'training-peer.py')], {
    input: JSON.stringify({
      data: file.path,
      rows: file.rows,
      features: file.features,
      wall: THREADS > 1,
      task,
      repeats,
      estimator,
      params,
    }),
    encoding: 'utf8',
    env: {
      ...process.env,
      OMP_NUM_THREADS: threads,
      OPENBLAS_NUM_THREADS: threads,
      MKL_NUM_THREADS: threads,
    },
  });
  if (run.status !== 0) return run.stderr.trim().split('\n').at(-1) ?? 'it failed';
  return JSON.parse(run.stdout) as Result;
}

function ours(index: number, file: DataFile): Result {
  const run = spawnSync(
    process.execPath,
    ['--import', 'tsx', __filename, '--case', String(index), JSON.stringify(file)],
    { encoding: 'utf8', maxBuffer: 1e8 },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Result;
}

function row(...cells: string[]): void {
  console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 28 : 15) : cell.padStart(10))).join(''));
}

function main(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-training-'));
  try {
    const made = new Map<string, DataFile>();
    const once = (key: string, make: () => DataFile): DataFile => {
      const file = made.get(key) ?? make();
      made.set(key, file);
      return file;
    };
    const all = cases({
      credit: () => once('credit', () => germanCredit(scratch)),
      generated: (...which) => once(which.join(), () => generated(scratch, ...which)),
    });
    const wanted = process.argv[2] ?? '';
    const missing = peerMissing();
    if (missing !== undefined) {
      console.log(`No comparison: ${missing}.`);
      console.log(
        'Install it (python3 -m venv skl && skl/bin/pip install scikit-learn xgboost) and set PYTHON.\n',
      );
    }
    row(
      'estimator',
      'train rows',
      'ours s',
      'peer s',
      'ratio',
      'predict s',
      'peer s',
      'score',
      'peer',
      'MB',
      'peer MB',
      'fit +MB',
      'peer +MB',
    );
    all.forEach((one, index) => {
      if (!one.name.includes(wanted)) return;
      const file = one.data();
      const mine = ours(index, file);
      const other = missing === undefined ? peer(one, file) : '-';
      const theirs = typeof other === 'string' ? undefined : other;
      row(
        one.name,
        file.name,
        mine.seconds.toFixed(3),
        theirs?.seconds.toFixed(3) ?? '-',
        theirs === undefined ? '-' : (mine.seconds / theirs.seconds).toFixed(2),
        mine.predictSeconds.toFixed(3),
        theirs?.predictSeconds.toFixed(3) ?? '-',
        mine.score.toFixed(4),
        theirs?.score.toFixed(4) ?? '-',
        mine.peakMb.toFixed(0),
        theirs?.peakMb.toFixed(0) ?? '-',
        mine.grownMb.toFixed(0),
        theirs?.grownMb.toFixed(0) ?? '-',
      );
      if (typeof other === 'string' && other !== '-') console.log(`  no peer: ${other}`);
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[2] === '--case') {
  const none = () => {
    throw new Error('The data are made by the other process.');
  };
  const one = cases({ credit: none, generated: none })[Number(process.argv[3])]!;
  console.log(JSON.stringify(measure(one, JSON.parse(process.argv[4]!) as DataFile)));
} else main();
