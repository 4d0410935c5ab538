/** What the training benchmark fits: our estimators, and the peers that do the same. */
import { fitDecisionTree } from '../../lib/ml/decision-tree';
import { fitExtraTrees } from '../../lib/ml/extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { anomalyScores, fitIsolationForest } from '../../lib/ml/isolation-forest';
import { fitKMeans, predictKMeans } from '../../lib/ml/k-means';
import { fitLasso, fitLinearRegression, fitRidge } from '../../lib/ml/linear-regression';
import { fitLogisticRegression } from '../../lib/ml/logistic-regression';
import type { Matrix } from '../../lib/ml/matrix';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../../lib/ml/model';
import { fitNaiveBayes } from '../../lib/ml/naive-bayes';
import { fitNeighbours } from '../../lib/ml/nearest-neighbours';
import { fitRandomForest, fitRandomForestRegressor } from '../../lib/ml/random-forest';
import type { DataFile, Dataset } from './training-data';

export const THREADS = Number(process.env['THREADS'] ?? 1);
const LARGE = process.env['SIZE'] === 'large';
/** Of random forests; 100 of 1,000,000 rows take the peer a quarter of an hour. */
const TREES = Number(process.env['TREES'] ?? (LARGE ? 10 : 100));

export type Task = 'classification' | 'regression' | 'clustering' | 'anomaly';

/** A fitted model: what it predicts for some rows. */
export type Predict = (x: Matrix) => Float64Array;

export interface Case {
  readonly name: string;
  readonly data: DataFile;
  readonly task: Task;
  readonly repeats: number;
  readonly estimator: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fit: (data: Dataset) => Predict;
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
    const model = fit(data.x, data.labels, 2);
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

const forest = { nEstimators: TREES, seed: 1, threads: THREADS } as const;
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
    { n_estimators: TREES, random_state: 1, ...jobs },
    (x, y, k) => fitRandomForest(x, y, k, forest),
  ),
  classes(
    'random forest, depth 12',
    'sklearn.ensemble.RandomForestClassifier',
    { n_estimators: TREES, max_depth: 12, random_state: 1, ...jobs },
    (x, y, k) => fitRandomForest(x, y, k, { ...forest, maxDepth: 12 }),
  ),
  classes(
    'extra trees',
    'sklearn.ensemble.ExtraTreesClassifier',
    { n_estimators: TREES, random_state: 1, ...jobs },
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
    { n_estimators: Math.min(20, TREES), max_features: 0.33, min_samples_leaf: 5, random_state: 1, ...jobs },
    (x, y) =>
      fitRandomForestRegressor(x, y, {
        ...forest,
        nEstimators: Math.min(20, TREES),
        maxFeatures: 0.33,
        minSamplesLeaf: 5,
      }),
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
const SMALL_ONLY = ['logistic, L1', 'extra trees', 'decision tree'];

/** Every case with the data that it takes; `file` makes them, or finds those that are there. */
export function cases(file: {
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
