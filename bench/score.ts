/**
 * Scoring saved models here and with ONNX Runtime, the same files and rows, one thread each: microseconds of one row
 * (the model in memory), and seconds of a million rows. Both are the processor's, so that other work on the machine
 * counts less. The means of what both predict are printed beside.
 *
 *   npm run bench:score [-- <part of a case's name>]
 *
 * The peer needs a Python with onnxruntime and numpy: `python3`, or the one that PYTHON names. Without it our side runs
 * alone and says so.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitGradientBoosting, fitGradientBoostingRegressor } from '../lib/ml/gradient-boosting';
import { fitLogisticRegression } from '../lib/ml/logistic-regression';
import type { Matrix } from '../lib/ml/matrix';
import type { ClassifierModel } from '../lib/ml/model';
import { exportOnnx, exportRegressorOnnx } from '../lib/ml/onnx/export';
import { onnxScorer } from '../lib/ml/onnx/score';
import { fitPreprocessor, transform } from '../lib/ml/preprocessor';
import type { RawColumn } from '../lib/ml/raw-column';
import { Random } from '../lib/ml/random';
import { fitRandomForest } from '../lib/ml/random-forest';

const PYTHON = process.env['PYTHON'] ?? 'python3';
const BATCH = 1_000_000;
const REPEATS = 2;

interface Case {
  readonly name: string;
  readonly columns: readonly RawColumn[];
  readonly onnx: Buffer;
}

/** German credit: 20 columns of numbers and texts, 61 features. */
function credit(): { columns: RawColumn[]; labels: Int32Array } {
  const [head = '', ...lines] = readFileSync(join(__dirname, '..', 'data', 'german_credit.csv'), 'utf8')
    .trim()
    .split('\n');
  const cells = lines.map((line) => line.split(','));
  const names = head.split(',');
  const target = names.indexOf('risk');
  const columns = names.flatMap((name, c): RawColumn[] => {
    if (c === target) return [];
    const values = cells.map((row) => row[c] ?? '');
    return values.every((value) => value !== '' && !Number.isNaN(Number(value)))
      ? [{ name, kind: 'number', values: values.map(Number) }]
      : [{ name, kind: 'text', values }];
  });
  return { columns, labels: Int32Array.from(cells, (row) => Number(row[target] === 'bad')) };
}

/** Columns of numbers, and a label that some of them make. */
function generated(rows: number, width: number): { columns: RawColumn[]; labels: Int32Array } {
  const random = new Random(1);
  const columns = Array.from({ length: width }, (_, f): RawColumn => ({
    name: `x${f}`,
    kind: 'number',
    values: Array.from({ length: rows }, () => random.uniform() * 2 - 1),
  }));
  const at = (f: number, row: number) => Number(columns[f]!.values[row]);
  const labels = Int32Array.from({ length: rows }, (_, row) =>
    Number(
      at(0, row) + at(1, row) * at(2, row) + 0.3 * Math.sin(5 * at(3, row)) + 0.2 * random.uniform() > 0.1,
    ),
  );
  return { columns, labels };
}

function cases(): Case[] {
  const made = (
    name: string,
    { columns, labels }: ReturnType<typeof credit>,
    fit: (x: Matrix, y: Int32Array) => ClassifierModel,
  ): Case => {
    const rows = Array.from({ length: labels.length }, (_, row) => row);
    const state = fitPreprocessor(columns, rows);
    const model = fit(transform(state, columns, rows), labels);
    return { name, columns, onnx: exportOnnx(state, model, ['good', 'bad']) };
  };
  const small = credit();
  const large = generated(20_000, 20);
  const boost = (x: Matrix, y: Int32Array) => fitGradientBoosting(x, y, 2, { nEstimators: 100 });
  const rows = Array.from({ length: 20_000 }, (_, row) => row);
  const state = fitPreprocessor(large.columns, rows);
  return [
    made('credit, 100 boosted trees', small, boost),
    made('credit, logistic regression', small, (x, y) => fitLogisticRegression(x, y, 2)),
    made('20 numbers, 100 boosted trees', large, boost),
    {
      name: '20 numbers, boosted regression',
      columns: large.columns,
      onnx: exportRegressorOnnx(
        state,
        fitGradientBoostingRegressor(transform(state, large.columns, rows), Float64Array.from(large.labels)),
      ),
    },
    made('20 numbers, forest of 50', large, (x, y) =>
      fitRandomForest(x, y, 2, { nEstimators: 50, maxDepth: 12, seed: 1 }),
    ),
  ];
}

interface Result {
  /** Seconds. */
  readonly row: number;
  readonly batch: number;
  readonly rows: number;
  readonly mean: number;
}

function measure({ columns, onnx }: Case): Result {
  const score = onnxScorer(onnx);
  const rowAt = (row: number) =>
    columns.map((column) => ({ ...column, values: [column.values[row]!] }) as RawColumn);
  const some = Array.from({ length: 64 }, (_, row) => rowAt(row));
  for (let i = 0; i < 3000; i++) score(some[i % 64]!);
  const calls = 5000;
  const started = processorSeconds();
  for (let i = 0; i < calls; i++) score(some[i % 64]!);
  const row = (processorSeconds() - started) / calls;
  const copies = Math.ceil(BATCH / columns[0]!.values.length);
  const whole = columns.map((column) => ({
    ...column,
    values: Array.from({ length: copies }, () => column.values as readonly (string | number | null)[]).flat(),
  })) as RawColumn[];
  let batch = Infinity;
  let result: Float64Array[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = processorSeconds();
    result = score(whole);
    batch = Math.min(batch, processorSeconds() - start);
  }
  const last = result.at(-1)!;
  return { row, batch, rows: last.length, mean: last.reduce((sum, value) => sum + value, 0) / last.length };
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The peer's results, or why there are none. */
function peer(chosen: readonly Case[], scratch: string): Result[] | string {
  const check = spawnSync(PYTHON, ['-c', 'import onnxruntime, numpy; print(onnxruntime.__version__)'], {
    encoding: 'utf8',
  });
  if (check.error !== undefined) return `there is no '${PYTHON}'`;
  if (check.status !== 0) return `'${PYTHON}' lacks onnxruntime or numpy`;
  console.log(`ONNX Runtime ${check.stdout.trim()}, Node ${process.version}, one thread each\n`);
  const input = chosen.map(({ columns, onnx }, i) => {
    const model = join(scratch, `${i}.onnx`);
    const file = join(scratch, `${i}.json`);
    writeFileSync(model, onnx);
    writeFileSync(file, JSON.stringify(columns));
    return { model, columns: file, copies: Math.ceil(BATCH / columns[0]!.values.length), repeats: REPEATS };
  });
  const run = spawnSync(PYTHON, [join(__dirname, 'support', 'score-peer.py')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  if (run.status !== 0) return `the Python script failed:\n${run.stderr}`;
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
}

function main(): void {
  const scratch = mkdtempSync(join(tmpdir(), 'millrace-score-'));
  try {
    const wanted = process.argv[2] ?? '';
    const chosen = cases().filter(({ name }) => name.includes(wanted));
    const theirs = peer(chosen, scratch);
    if (typeof theirs === 'string')
      console.log(`No comparison: ${theirs}. Set PYTHON to one with onnxruntime.\n`);
    const line = (...cells: string[]) =>
      console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(32) : cell.padStart(12))).join(''));
    line('model', 'row µs', 'ORT µs', 'ratio', '1M rows s', 'ORT s', 'ratio', 'mean', 'ORT mean');
    chosen.forEach((one, i) => {
      const ours = measure(one);
      const other = typeof theirs === 'string' ? undefined : theirs[i];
      const ratio = (a: number, b: number | undefined) => (b === undefined ? '-' : (a / b).toFixed(2));
      line(
        one.name,
        (ours.row * 1e6).toFixed(1),
        other === undefined ? '-' : (other.row * 1e6).toFixed(1),
        ratio(ours.row, other?.row),
        ours.batch.toFixed(2),
        other?.batch.toFixed(2) ?? '-',
        ratio(ours.batch, other?.batch),
        ours.mean.toFixed(5),
        other?.mean.toFixed(5) ?? '-',
      );
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

main();
