import { ownersOf, type AnyPreprocessor } from '../../lib/ml/any-preprocessor';
import { shapImportances } from '../../lib/ml/explain/model-shap';
import { partialDependence } from '../../lib/ml/explain/partial-dependence';
import { permutationImportance } from '../../lib/ml/explain/permutation-importance';
import { onnxTreeShap } from '../../lib/ml/onnx/explain';
import { sliceColumn, type RawColumn } from '../../lib/ml/raw-column';
import { weightsOfRows, type WeightOptions } from '../../lib/ml/sample-weight';
import type { ModelCard } from '../../lib/reports/model-card';
import { mainScore } from './scored';

/** More rows make it slower, and hardly truer. */
const ROWS = 2000;

export interface Explained {
  readonly columns: readonly RawColumn[];
  readonly actual: ArrayLike<number>;
  readonly classes: readonly string[];
  readonly weights: WeightOptions;
  readonly predict: (columns: readonly RawColumn[]) => readonly Float64Array[];
  readonly onnx: Uint8Array;
  /** What turns columns into the features of the model; models made elsewhere have that inside. */
  readonly preprocessor: AnyPreprocessor | undefined;
  /** Columns whose dependence is shown. */
  readonly dependence: number;
  /** Rows of which Shapley values are taken; 0 for none. */
  readonly shapRows: number;
  readonly seed: number;
}

/** Columns that the model goes by, and what it makes of the most important ones, on evenly chosen rows. */
export function explanationOf(
  input: Explained,
): Pick<ModelCard, 'importances' | 'dependence' | 'dependenceOf' | 'shap'> {
  const { classes, predict } = input;
  const all = input.actual.length;
  const rows = Array.from({ length: Math.min(ROWS, all) }, (_, i) =>
    Math.floor((i * all) / Math.min(ROWS, all)),
  );
  const columns = input.columns.map(
    (column) => ({ ...column, values: rows.map((row) => column.values[row]!) }) as RawColumn,
  );
  const actual = rows.map((row) => input.actual[row]!);
  const weights = weightsOfRows(input.weights, rows);
  const importances = permutationImportance(
    columns,
    (changed) => mainScore({ actual, outputs: predict(changed), classes, weights }),
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
    shap: shapOf(input, columns),
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

/** Mean absolute Shapley value of each column in the raw scores of trees; none for other models, and those made elsewhere. */
function shapOf(
  { onnx, preprocessor, shapRows }: Explained,
  columns: readonly RawColumn[],
): ModelCard['shap'] {
  if (shapRows === 0 || preprocessor === undefined) return [];
  const some = columns.map((column) => sliceColumn(column, 0, shapRows));
  const shap = onnxTreeShap(onnx, some, columns);
  if (shap === undefined) return [];
  // The features of a column are added up row by row: they say one thing together.
  const owners = ownersOf(preprocessor);
  const names = [...new Set(owners)];
  const values = shap.values.map((features) =>
    names.map((name) => {
      const own = features.filter((_, f) => owners[f] === name);
      return Float64Array.from(own[0] ?? [], (_, row) =>
        own.reduce((sum, feature) => sum + feature[row]!, 0),
      );
    }),
  );
  const means = shapImportances({ expected: shap.expected, values });
  return names.map((column, f) => ({ column, mean: means[f]! })).sort((a, b) => b.mean - a.mean);
}
