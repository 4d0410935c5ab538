/**
 * Our estimators beside scikit-learn's on the same numbers: seconds to fit and to predict, score on held-out rows, and
 * the ratio of the times (below 1 we are faster). Both run on one thread.
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
import { fitGradientBoosting } from '../lib/ml/gradient-boosting';
import { fitLogisticRegression } from '../lib/ml/logistic-regression';
import { rocAuc } from '../lib/ml/metrics';
import { predictProba, type ClassifierModel } from '../lib/ml/model';
import { fitRandomForest } from '../lib/ml/random-forest';
import { generated, germanCredit, type Dataset } from './support/training-data';

const PYTHON = process.env['PYTHON'] ?? 'python3';

interface Case {
  readonly name: string;
  readonly data: Dataset;
  readonly task: 'classification';
  readonly repeats: number;
  readonly estimator: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fit: (data: Dataset) => ClassifierModel;
}

interface Result {
  readonly seconds: number;
  readonly predictSeconds: number;
  readonly score: number;
}

function cases(small: Dataset, large: Dataset): Case[] {
  const labels = (data: Dataset) => Int32Array.from(data.y);
  return [small, large].flatMap((data): Case[] => {
    const common = { data, task: 'classification', repeats: data === small ? 3 : 1 } as const;
    return [
      {
        ...common,
        name: 'logistic regression',
        estimator: 'sklearn.linear_model.LogisticRegression',
        params: { C: 1, max_iter: 200, tol: 1e-4 },
        fit: (d) => fitLogisticRegression(d.x, labels(d), 2, { c: 1, maxIter: 200, tol: 1e-4 }),
      },
      {
        ...common,
        name: 'gradient boosting',
        estimator: 'sklearn.ensemble.HistGradientBoostingClassifier',
        params: { max_iter: 100, early_stopping: false },
        fit: (d) =>
          fitGradientBoosting(d.x, labels(d), 2, {
            nEstimators: 100,
            learningRate: 0.1,
            maxLeafNodes: 31,
            maxDepth: null,
            minSamplesLeaf: 20,
            l2Regularization: 0,
          }),
      },
      ...[null, 12].map((maxDepth) => ({
        ...common,
        name: maxDepth === null ? 'random forest' : `random forest, depth ${maxDepth}`,
        estimator: 'sklearn.ensemble.RandomForestClassifier',
        params: { n_estimators: 100, max_depth: maxDepth, random_state: 1, n_jobs: 1 },
        fit: (d: Dataset) =>
          fitRandomForest(d.x, labels(d), 2, {
            nEstimators: 100,
            maxDepth,
            minSamplesLeaf: 1,
            maxFeatures: 'sqrt',
            seed: 1,
          }),
      })),
    ];
  });
}

function measure(one: Case): Result {
  let seconds = Number.POSITIVE_INFINITY;
  let model: ClassifierModel | undefined;
  for (let i = 0; i < one.repeats; i++) {
    const start = performance.now();
    model = one.fit(one.data);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  if (model === undefined) throw new Error(`The case '${one.name}' fitted nothing.`);
  const start = performance.now();
  const probabilities = predictProba(model, one.data.testX);
  const predictSeconds = (performance.now() - start) / 1000;
  return { seconds, predictSeconds, score: rocAuc(one.data.testY, probabilities.at(-1) ?? []) };
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
  console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 26 : 15) : cell.padStart(11))).join(''));
}

function main(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-training-'));
  try {
    const wanted = process.argv[2] ?? '';
    const chosen = cases(germanCredit(scratch), generated(scratch, 120_000, 20, 'classification')).filter(
      (one) => `${one.name} ${one.data.name}`.includes(wanted),
    );
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
