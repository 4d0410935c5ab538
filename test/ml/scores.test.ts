import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitExtraTrees, fitExtraTreesRegressor } from '../../lib/ml/extra-trees';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../../lib/ml/gradient-boosting';
import { takeRows, type Matrix } from '../../lib/ml/matrix';
import { predict, predictProba, type ClassifierModel, type RegressorModel } from '../../lib/ml/model';
import { fitRandomForest, fitRandomForestRegressor } from '../../lib/ml/random-forest';
import { regressionMetricsOf } from '../../lib/ml/regression-metrics';
import { rocAuc } from '../../lib/ml/roc-auc';

/** AUC or R² of scikit-learn for each seed: fixtures/make-scores.py, whose data and splits these are. */
const { scores } = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'scores.json'), 'utf8')) as {
  scores: Record<string, Record<string, number[]>>;
};
/** Of the means over five seeds, each with a split of its own. */
const TOLERANCE = 0.005;

interface Data {
  readonly x: Matrix;
  readonly y: Float64Array;
}

function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function table(name: string, target: string, leaveOut: readonly string[] = [], every = 1): Data {
  const [head = '', ...lines] = readFileSync(join(__dirname, '..', '..', 'data', `${name}.csv`), 'utf8')
    .trim()
    .split('\n');
  const names = head.trim().split(',');
  const cells = lines.filter((_, i) => i % every === 0).map((line) => line.trim().split(','));
  const column = (wanted: string): Float64Array => {
    const texts = cells.map((row) => row[names.indexOf(wanted)]!);
    if (texts.every((text) => !Number.isNaN(Number(text)))) return Float64Array.from(texts, Number);
    const codes = [...new Set(texts)].sort();
    return Float64Array.from(texts, (text) => codes.indexOf(text));
  };
  const features = names.filter((one) => one !== target && !leaveOut.includes(one));
  return {
    x: { rows: cells.length, names: features, columns: features.map(column) },
    y: column(target),
  };
}

function made(
  rows: number,
  width: number,
  [low, high]: readonly [number, number],
  target: (x: readonly number[], noise: number) => number,
  gaps = 0,
): Data {
  const next = uniforms(rows);
  const x = Array.from({ length: rows }, () =>
    Array.from({ length: width }, () => low + (high - low) * next()),
  );
  const noise = Array.from({ length: rows }, () => next() + next() + next() + next() - 2);
  const y = Float64Array.from(x, (row, i) => target(row, noise[i]!));
  for (const row of x) row.forEach((_, f) => next() < gaps && (row[f] = Number.NaN));
  const names = Array.from({ length: width }, (_, f) => `f${f}`);
  return { x: { rows, names, columns: names.map((_, f) => Float64Array.from(x, (row) => row[f]!)) }, y };
}

const SETS: Record<string, () => Data> = {
  german_credit: () => table('german_credit', 'risk'),
  telecom_churn: () => table('telecom_churn', 'churn'),
  iris: () => table('iris', 'species'),
  bike_sharing_hourly: () => table('bike_sharing_hourly', 'cnt', ['dteday', 'casual', 'registered'], 4),
  waves: () => made(3000, 10, [-2, 2], (x, e) => Number(x[0]! + x[1]! * x[2]! + Math.sin(2 * x[3]!) + e > 0)),
  friedman: () =>
    made(
      2500,
      10,
      [0, 1],
      (x, e) =>
        10 * Math.sin(Math.PI * x[0]! * x[1]!) + 20 * (x[2]! - 0.5) ** 2 + 10 * x[3]! + 5 * x[4]! + 2 * e,
    ),
  'rare classes, gaps': () =>
    made(
      3000,
      8,
      [-2, 2],
      (x, e) => {
        const risk = x[0]! * x[1]! + Math.abs(x[2]!) - x[3]! + e;
        return risk > 3.5 ? 2 : risk > 2 ? 1 : 0;
      },
      0.1,
    ),
};

function split(rows: number, seed: number): { train: number[]; test: number[] } {
  const next = uniforms(seed + 1);
  const order = Array.from({ length: rows }, (_, i) => i);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const cut = Math.floor(rows * 0.3);
  return { train: order.slice(cut), test: order.slice(0, cut) };
}

type FitClasses = (x: Matrix, y: Int32Array, classes: number, seed: number) => ClassifierModel;
type FitNumbers = (x: Matrix, y: Float64Array, seed: number) => RegressorModel;

/** A small set's score hangs on chance the more. */
const forest = ({ rows }: Matrix) => ({ nEstimators: rows < 1000 ? 500 : 200, minSamplesLeaf: 2 });
const numbers = { nEstimators: 150, maxFeatures: 0.33 };
const ESTIMATORS: Record<string, { classes: FitClasses; numbers: FitNumbers }> = {
  'random forest': {
    classes: (x, y, classes, seed) => fitRandomForest(x, y, classes, { ...forest(x), seed }),
    numbers: (x, y, seed) => fitRandomForestRegressor(x, y, { ...numbers, seed }),
  },
  'extra trees': {
    classes: (x, y, classes, seed) => fitExtraTrees(x, y, classes, { ...forest(x), seed }),
    numbers: (x, y, seed) => fitExtraTreesRegressor(x, y, { ...numbers, seed }),
  },
  'gradient boosting': {
    classes: (x, y, classes) => fitGradientBoosting(x, y, classes, { nEstimators: 50 }),
    numbers: (x, y) => fitGradientBoostingRegressor(x, y),
  },
};

function scoreOf(estimator: string, name: string, { x, y }: Data, seed: number): number {
  const { train, test } = split(x.rows, seed);
  const pick = (rows: readonly number[]) => Float64Array.from(rows, (row) => y[row]!);
  const fit = ESTIMATORS[estimator]!;
  const held = takeRows(x, test);
  if (name === 'bike_sharing_hourly' || name === 'friedman')
    return regressionMetricsOf(pick(test), predict(fit.numbers(takeRows(x, train), pick(train), seed), held))
      .r2;
  const classes = Math.max(...y) + 1;
  const proba = predictProba(
    fit.classes(takeRows(x, train), Int32Array.from(pick(train)), classes, seed),
    held,
  );
  const auc = (c: number) =>
    rocAuc(
      Array.from(pick(test), (label) => Number(label === c)),
      proba[c]!,
    );
  if (classes === 2) return auc(1);
  return proba.reduce((sum, _, c) => sum + auc(c), 0) / classes;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe.each(Object.keys(SETS))('%s', (name) => {
  const data = SETS[name]!();

  it.each(Object.keys(ESTIMATORS))('%s scores as scikit-learn’s', (estimator) => {
    const theirs = scores[name]![estimator]!;
    const ours = theirs.map((_, seed) => scoreOf(estimator, name, data, seed));
    expect(theirs).toHaveLength(5);
    expect(Math.abs(mean(ours) - mean(theirs))).toBeLessThan(TOLERANCE);
  });
});
