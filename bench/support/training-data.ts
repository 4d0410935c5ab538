/** The data of the training benchmark: files of numbers that both sides read. */
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { takeValues, type Matrix } from '../../lib/ml/matrix';
import { fitPreprocessor, transform } from '../../lib/ml/preprocessor';
import type { RawColumn } from '../../lib/ml/raw-column';
import { Random } from '../../lib/ml/random';
import { trainTestSplit } from '../../lib/ml/split';
import { REPOSITORY } from './many-pipelines';

export interface Dataset {
  readonly x: Matrix;
  readonly y: Float64Array;
  /** `y` as class numbers. */
  readonly labels: Int32Array;
  readonly testX: Matrix;
  readonly testY: Float64Array;
}

/** A file of float64: column by column the features, then the target, then whether a row is of the test part. */
export interface DataFile {
  readonly name: string;
  readonly path: string;
  readonly rows: number;
  readonly features: number;
}

/** German credit as our preprocessor encodes it; class 1 is a bad risk. */
export function germanCredit(directory: string): DataFile {
  const [head = '', ...lines] = readFileSync(join(REPOSITORY, 'data', 'german_credit.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const cells = lines.map((line) => line.split(','));
  const columns = head.split(',').map((name, i): RawColumn => {
    const values = cells.map((row) => row[i] ?? '');
    return values.every((value) => !Number.isNaN(Number(value)))
      ? { name, kind: 'number', values: values.map(Number) }
      : { name, kind: 'text', values };
  });
  const y = Float64Array.from(cells, (row) => (row.at(-1) === 'bad' ? 1 : 0));
  const { train, test } = trainTestSplit(y, 2, 0.3, 1, true);
  const features = columns.slice(0, -1);
  const all = transform(
    fitPreprocessor(features, train),
    features,
    cells.map((_, row) => row),
  );
  return written(`german credit`, directory, all.columns, y, test);
}

/**
 * Normal features, half of them without meaning; products, steps and waves of the others plus noise. Classes are the
 * sign of that sum, the regression target the sum itself.
 */
export function generated(
  directory: string,
  rows: number,
  columns: number,
  task: 'classification' | 'regression',
): DataFile {
  const random = new Random(20_231);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const x = Array.from({ length: columns }, () => {
    const column = new Float64Array(rows);
    for (let row = 0; row < rows; row++) column[row] = Math.fround(normal());
    return column;
  });
  const at = (f: number, row: number) => x[f]![row]!;
  const y = Float64Array.from({ length: rows }, (_, row) => {
    const sum =
      at(0, row) -
      0.8 * at(1, row) +
      1.5 * at(2, row) * at(3, row) +
      1.5 * Math.sin(2 * at(4, row)) +
      (at(5, row) > 0.5 ? at(6, row) : -at(7, row)) +
      Math.abs(at(8, row)) -
      0.8 +
      0.5 * normal();
    return task === 'regression' ? sum : sum > 0 ? 1 : 0;
  });
  const test = Array.from({ length: rows / 6 }, (_, i) => i);
  return written(`${rows - test.length} × ${columns}`, directory, x, y, test);
}

export function readData({ path, rows, features }: DataFile): Dataset {
  const file = openSync(path, 'r');
  try {
    const read = () => {
      const column = new Float64Array(rows);
      readSync(file, column);
      return column;
    };
    const columns = Array.from({ length: features }, read);
    const target = read();
    const isTest = read();
    const all = Array.from({ length: rows }, (_, row) => row);
    const train = all.filter((row) => isTest[row] === 0);
    const test = all.filter((row) => isTest[row] === 1);
    // One column after the other, so that the whole is not there twice.
    const part = (chosen: readonly number[]): Matrix => ({
      rows: chosen.length,
      names: columns.map((_, f) => `f${f}`),
      columns: [],
    });
    const x = part(train);
    const testX = part(test);
    for (let column = columns.shift(); column !== undefined; column = columns.shift()) {
      (testX.columns as Float64Array[]).push(takeValues(column, test));
      (x.columns as Float64Array[]).push(takeValues(column, train));
    }
    const y = takeValues(target, train);
    return { x, y, labels: Int32Array.from(y), testX, testY: takeValues(target, test) };
  } finally {
    closeSync(file);
  }
}

function written(
  name: string,
  directory: string,
  columns: readonly Float64Array[],
  y: Float64Array,
  test: readonly number[],
): DataFile {
  const path = join(directory, `${name.replaceAll(/\W+/g, '-')}-${y[0] ?? 0}.f64`);
  const isTest = new Float64Array(y.length);
  for (const row of test) isTest[row] = 1;
  const file = openSync(path, 'w');
  for (const column of [...columns, y, isTest]) writeSync(file, column);
  closeSync(file);
  return { name, path, rows: y.length, features: columns.length };
}
