import { partialDependence } from '../../lib/ml/explain/partial-dependence';
import { permutationImportance } from '../../lib/ml/explain/permutation-importance';
import type { RawColumn } from '../../lib/ml/preprocessor';
import type { ModelCard } from '../../lib/reports/model-card';
import { mainScore } from './scored';

/** More rows make it slower, and hardly truer. */
const ROWS = 2000;

export interface Explained {
  readonly columns: readonly RawColumn[];
  readonly actual: ArrayLike<number>;
  readonly classes: readonly string[];
  readonly predict: (columns: readonly RawColumn[]) => readonly Float64Array[];
  /** Columns whose dependence is shown. */
  readonly dependence: number;
  readonly seed: number;
}

/** Columns that the model goes by, and what it makes of the most important ones, on evenly chosen rows. */
export function explanationOf(
  input: Explained,
): Pick<ModelCard, 'importances' | 'dependence' | 'dependenceOf'> {
  const { classes, predict } = input;
  const all = input.actual.length;
  const rows = Array.from({ length: Math.min(ROWS, all) }, (_, i) =>
    Math.floor((i * all) / Math.min(ROWS, all)),
  );
  const columns = input.columns.map(
    (column) => ({ ...column, values: rows.map((row) => column.values[row]!) }) as RawColumn,
  );
  const actual = rows.map((row) => input.actual[row]!);
  const importances = permutationImportance(
    columns,
    (changed) => mainScore({ actual, outputs: predict(changed), classes }),
    { seed: input.seed },
  ).sort((a, b) => b.mean - a.mean);
  const varied = importances
    .filter(({ column }) =>
      columns.some(({ name, values }) => name === column && values.some((value) => value !== null)),
    )
    .slice(0, input.dependence);
  const output = classes.length === 0 ? 0 : classes.length - 1;
  return {
    importances,
    dependenceOf: classes.length === 0 ? 'Prediction' : `Probability of '${classes[output]}'`,
    dependence: varied.map(({ column }) => ({
      column,
      points: partialDependence(columns, column, predict).map(({ value, mean }) => ({
        value,
        mean: mean[output]!,
      })),
    })),
  };
}
