/** Infinity has no place in features, nor in predictions: as in scikit-learn, it is refused and not passed on. */
import { InvalidDataset } from '../data/invalid-dataset';
import type { RawColumn } from './raw-column';

/**
 * Features are float32, in which a number beyond 3.4e38 is infinite.
 * @throws InvalidDataset for the first infinite number of the rows that a preprocessing is fitted to
 */
export function checkFinite(column: RawColumn, rows: readonly number[]): void {
  if (column.kind === 'text') return;
  for (const row of rows) {
    const value = column.values[row];
    if (typeof value === 'number' && isInfinite(value))
      throw new InvalidDataset(
        `Column '${column.name}' is ${value} in row ${row + 1}; features are finite numbers within ±3.4e38. Filter such rows, make the value a missing one, or exclude the column.`,
      );
  }
}

/**
 * What a model gave for rows, all of it finite.
 * @param from number of the first row, from 0
 * @throws InvalidDataset that names the first row without a prediction, and the value that is to blame
 */
export function checkScores<T extends readonly Float64Array[]>(
  outputs: T,
  columns: readonly RawColumn[],
  from = 0,
): T {
  for (const output of outputs) {
    const row = output.findIndex((value) => !Number.isFinite(value));
    if (row < 0) continue;
    const odd = columns.find(
      ({ kind, values }) =>
        kind === 'number' && !Number.isFinite(Math.fround(Number(values[row] ?? Number.NaN))),
    );
    const value = odd?.values[row] ?? null;
    throw new InvalidDataset(
      `The model gives ${output[row]} for row ${from + row + 1}${odd === undefined ? '' : `, where '${odd.name}' is ${value === null ? 'missing' : String(value)}`}; a prediction is a finite number. Filter such rows, or impute the value.`,
    );
  }
  return outputs;
}

function isInfinite(value: number): boolean {
  return !Number.isNaN(value) && !Number.isFinite(Math.fround(value));
}
