/**
 * Our estimators beside scikit-learn's and XGBoost's on the same numbers: seconds to fit, the ratio of the times (below
 * 1 we are faster), seconds to predict, score on held-out rows, the most memory that each process had while it fitted, data
 * and libraries and all, and how much of that came with fitting.
 *
 *   npm run bench:training [-- <part of a case's name>]
 *   SIZE=large npm run bench:training          1,000,000 × 30 instead of 100,000 × 20
 *   THREADS=4 npm run bench:training           equal threads on both sides
 *   RUNS=5 npm run bench:training              medians of as many runs, the sides in turn
 *   TREES=100 npm run bench:training           of random forests and extra trees; 10 when large, else 100
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
import { rocAuc } from '../lib/ml/roc-auc';
import { regressionMetricsOf } from '../lib/ml/regression-metrics';
import { memory, memoryPeak, startMemoryPeak } from './support/peak-memory';
import { cases, THREADS, type Case, type Predict, type Task } from './support/training-cases';
import { generated, germanCredit, readData, type DataFile } from './support/training-data';

const PYTHON = process.env['PYTHON'] ?? 'python3';
const RUNS = Number(process.env['RUNS'] ?? 1);

interface Result {
  readonly seconds: number;
  readonly predictSeconds: number;
  readonly score: number;
  /** While fitting. */
  readonly peakMb: number;
  /** Above what there was before. */
  readonly grownMb: number;
}

/** Our side of one case, in a process of its own. */
function measure({ task, repeats, fit }: Omit<Case, 'data'>, file: DataFile): Result {
  const data = readData(file);
  startMemoryPeak();
  const before = memory();
  let seconds = Number.POSITIVE_INFINITY;
  let predictRows: Predict = () => new Float64Array();
  for (let i = 0; i < repeats; i++) {
    const start = now();
    predictRows = fit(data);
    seconds = Math.min(seconds, now() - start);
  }
  const peak = memoryPeak();
  const start = now();
  const predicted = predictRows(data.testX);
  const predictSeconds = now() - start;
  return {
    seconds,
    predictSeconds,
    score: scoreOf(task, data.testY, predicted),
    peakMb: peak,
    grownMb: peak - before,
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
    ['--expose-gc', '--import', 'tsx', __filename, '--case', String(index), JSON.stringify(file)],
    { encoding: 'utf8', maxBuffer: 1e8 },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Result;
}

/** Of each number the median. */
function typical(results: readonly Result[]): Result {
  const of = (key: keyof Result) =>
    results.map((result) => result[key]).toSorted((a, b) => a - b)[results.length >> 1]!;
  return {
    seconds: of('seconds'),
    predictSeconds: of('predictSeconds'),
    score: of('score'),
    peakMb: of('peakMb'),
    grownMb: of('grownMb'),
  };
}

/** Both sides of a case in turn; of the peer what it says when it fails. */
function both(
  index: number,
  one: Omit<Case, 'data'>,
  file: DataFile,
  alone: boolean,
): [Result, Result | string] {
  const mine: Result[] = [];
  const theirs: Result[] = [];
  for (let i = 0; i < RUNS; i++) {
    mine.push(ours(index, file));
    const other = alone ? '-' : peer(one, file);
    if (typeof other === 'string') return [typical(mine), other];
    theirs.push(other);
  }
  return [typical(mine), typical(theirs)];
}

function row(...cells: string[]): void {
  console.log(cells.map((cell, i) => (i < 2 ? cell.padEnd(i === 0 ? 28 : 14) : cell.padStart(9))).join(''));
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
      'ratio',
      'fit +MB',
      'peer +MB',
      'ratio',
    );
    all.forEach((one, index) => {
      if (!one.name.includes(wanted)) return;
      const file = one.data();
      const [mine, other] = both(index, one, file, missing !== undefined);
      const theirs = typeof other === 'string' ? undefined : other;
      const ratio = (key: keyof Result) =>
        theirs === undefined ? '-' : (mine[key] / theirs[key]).toFixed(2);
      row(
        one.name,
        file.name,
        mine.seconds.toFixed(3),
        theirs?.seconds.toFixed(3) ?? '-',
        ratio('seconds'),
        mine.predictSeconds.toFixed(3),
        theirs?.predictSeconds.toFixed(3) ?? '-',
        mine.score.toFixed(4),
        theirs?.score.toFixed(4) ?? '-',
        mine.peakMb.toFixed(0),
        theirs?.peakMb.toFixed(0) ?? '-',
        ratio('peakMb'),
        mine.grownMb.toFixed(0),
        theirs?.grownMb.toFixed(0) ?? '-',
        ratio('grownMb'),
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
