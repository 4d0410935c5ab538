/**
 * One-hot encoding and standard scaling, fitted on the train part alone. State is JSON.
 *
 * Numbers: missing values become the mean, then (x − mean) / standard deviation (population, as scikit-learn).
 * Texts: one column per category seen in the train part, in text order; an unknown or a missing one gives all zeros.
 */
import { InvalidDataset } from '../data/invalid-dataset';
import { checkFinite } from './check-finite';
import type { Matrix } from './matrix';
import type { RawColumn } from './raw-column';

export type ColumnState =
  | {
      readonly name: string;
      readonly kind: 'number';
      readonly mean: number;
      readonly scale: number;
      /** Whether the model's file takes it as int64. @default false: as float, in which gaps are allowed */
      readonly integer?: boolean;
    }
  | { readonly name: string; readonly kind: 'text'; readonly categories: readonly string[] };

export interface PreprocessorState {
  readonly version: 1;
  readonly columns: readonly ColumnState[];
}

const MAX_CATEGORIES = 1000;

/** @throws InvalidDataset for infinite numbers and for texts of too many values */
export function fitPreprocessor(columns: readonly RawColumn[], rows: readonly number[]): PreprocessorState {
  return {
    version: 1,
    columns: columns.map((column): ColumnState => {
      if (column.kind === 'text') {
        const categories = [
          ...new Set(rows.map((row) => column.values[row]).filter((value) => typeof value === 'string')),
        ].sort();
        if (categories.length > MAX_CATEGORIES)
          throw new InvalidDataset(
            `Column '${column.name}' has ${categories.length} different texts in the train part; one-hot encoding takes at most ${MAX_CATEGORIES}. Exclude it.`,
          );
        return { name: column.name, kind: 'text', categories };
      }
      checkFinite(column, rows);
      const present = rows.map((row) => column.values[row]).filter((value) => typeof value === 'number');
      const mean = Math.fround(present.reduce((sum, value) => sum + value, 0) / Math.max(1, present.length));
      // Missing values count as the mean, so they add nothing to the deviation but to the number of rows.
      const variance =
        present.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, rows.length);
      return {
        name: column.name,
        kind: 'number',
        mean,
        scale: variance > 0 ? Math.fround(Math.sqrt(variance)) : 1,
        ...(column.integer === true ? { integer: true } : {}),
      };
    }),
  };
}

export function featureNames(state: PreprocessorState): string[] {
  return state.columns.flatMap((column) =>
    column.kind === 'number'
      ? [column.name]
      : column.categories.map((category) => `${column.name}=${category}`),
  );
}

/** Features in float32 precision, as the ONNX file will compute them. */
export function transform(
  state: PreprocessorState,
  columns: readonly RawColumn[],
  rows: readonly number[],
): Matrix {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const result = state.columns.flatMap((fitted): Float64Array[] => {
    const column = byName.get(fitted.name);
    if (column === undefined || column.kind !== fitted.kind)
      throw new InvalidDataset(
        `The dataset has no ${fitted.kind} column '${fitted.name}', which the model was trained with.`,
      );
    if (fitted.kind === 'number' && column.kind === 'number') {
      const factor = Math.fround(1 / fitted.scale);
      return [
        Float64Array.from(rows, (row) =>
          Math.fround(Math.fround(Math.fround(column.values[row] ?? fitted.mean) - fitted.mean) * factor),
        ),
      ];
    }
    if (fitted.kind === 'text' && column.kind === 'text')
      return fitted.categories.map((category) =>
        Float64Array.from(rows, (row) => (column.values[row] === category ? 1 : 0)),
      );
    return [];
  });
  return { rows: rows.length, columns: result, names: featureNames(state) };
}
