/** The data of the training benchmark: matrices for us, the same numbers as CSV for the peer. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeRows, type Matrix } from '../../lib/ml/matrix';
import { fitPreprocessor, transform, type RawColumn } from '../../lib/ml/preprocessor';
import { Random } from '../../lib/ml/random';
import { trainTestSplit } from '../../lib/ml/split';
import { REPOSITORY } from './many-pipelines';

export interface Dataset {
  readonly name: string;
  /** Features, then `target`, then `test` (0 or 1). */
  readonly csv: string;
  readonly x: Matrix;
  readonly y: Float64Array;
  readonly testX: Matrix;
  readonly testY: Float64Array;
}

/** German credit as our preprocessor encodes it; class 1 is a bad risk. */
export function germanCredit(directory: string): Dataset {
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
  return dataset(`german credit`, directory, all, y, test);
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
): Dataset {
  const random = new Random(20_231);
  const normal = () =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const x: Matrix = {
    rows,
    names: Array.from({ length: columns }, (_, f) => `f${f}`),
    columns: Array.from({ length: columns }, () =>
      Float64Array.from({ length: rows }, () => Math.fround(normal())),
    ),
  };
  const at = (f: number, row: number) => x.columns[f]?.[row] ?? 0;
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
  return dataset(`${rows - test.length} × ${columns}`, directory, x, y, test);
}

function dataset(
  name: string,
  directory: string,
  all: Matrix,
  y: Float64Array,
  test: readonly number[],
): Dataset {
  const held = new Set(test);
  const train = Array.from({ length: all.rows }, (_, row) => row).filter((row) => !held.has(row));
  const csv = join(directory, `${name.replaceAll(/\W+/g, '-')}-${all.rows}-${y[0] ?? 0}.csv`);
  const lines = Array.from({ length: all.rows }, (_, row) =>
    [...all.columns.map((column) => column[row]), y[row], held.has(row) ? 1 : 0].join(','),
  );
  writeFileSync(
    csv,
    `${[...all.names.map((_, i) => `f${i}`), 'target', 'test'].join(',')}\n${lines.join('\n')}\n`,
  );
  const pick = (rows: readonly number[]) => Float64Array.from(rows, (row) => y[row] ?? 0);
  return {
    name,
    csv,
    x: takeRows(all, train),
    y: pick(train),
    testX: takeRows(all, test),
    testY: pick(test),
  };
}
