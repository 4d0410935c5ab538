/** Preprocessors of both kinds, as those who train and explain take them: the plain one, and steps of a column transformer. */
import type { Matrix } from './matrix';
import {
  columnFeatureNames,
  transformColumns,
  type ColumnTransformerState,
} from './preprocessing/column-transformer';
import { featureNames, transform, type PreprocessorState } from './preprocessor';
import type { RawColumn } from './raw-column';

export type AnyPreprocessor = PreprocessorState | ColumnTransformerState;

/** @throws InvalidDataset for a column that is missing or of the wrong kind */
export function featuresOf(
  state: AnyPreprocessor,
  columns: readonly RawColumn[],
  rows: readonly number[],
): Matrix {
  return 'steps' in state ? transformColumns(state, columns, rows) : transform(state, columns, rows);
}

/** Raw columns that it takes, in the order of their first use. */
export function columnsTaken(state: AnyPreprocessor): string[] {
  if (!('steps' in state)) return state.columns.map(({ name }) => name);
  return [
    ...new Set(
      state.steps.flatMap((step) =>
        step.kind === 'dates' ? [...step.columns] : step.columns.map(({ name }) => name),
      ),
    ),
  ];
}

/** For each feature the raw column that it is made of; products of several are named by all of them. */
export function ownersOf(state: AnyPreprocessor): string[] {
  if (!('steps' in state))
    return state.columns.flatMap((column) =>
      column.kind === 'number' ? [column.name] : column.categories.map(() => column.name),
    );
  return state.steps.flatMap((step) => {
    const width = (columns: typeof step.columns) =>
      columnFeatureNames({ version: 1, steps: [{ ...step, columns } as typeof step] }).length;
    if (step.kind === 'polynomial')
      return new Array<string>(width(step.columns)).fill(step.columns.map(({ name }) => name).join(' × '));
    const columns: readonly (string | { readonly name: string })[] = step.columns;
    return columns.flatMap((column) =>
      new Array<string>(width([column] as never)).fill(typeof column === 'string' ? column : column.name),
    );
  });
}

export function featureCount(state: AnyPreprocessor): number {
  return ('steps' in state ? columnFeatureNames(state) : featureNames(state)).length;
}
