/** An ONNX file that a container wrote, as a model that tasks and endpoints score by. */
import { readParquet } from '../../lib/data/read-parquet';
import { rawColumns } from '../../lib/ml/feature-data';
import { InvalidModel } from '../../lib/ml/onnx/invalid-model';
import { readOnnx, type GraphInput } from '../../lib/ml/onnx/read-model';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import { sliceColumn, type RawColumn } from '../../lib/ml/raw-column';
import type { TaskContext } from '../../lib/runtime/task-context';
import type { FeatureSet } from '../../lib/tasks/dataset';

/** Rows of the training part that go along with the model. */
const EXAMPLE_ROWS = 5;

export interface TriedModel {
  /** Of the graph. */
  readonly inputs: readonly GraphInput[];
  /** Rows of the training part that it takes; none without one. */
  readonly example: readonly RawColumn[];
}

/**
 * Tries a model with the first rows that it was trained with.
 * @throws InvalidModel when the file is no ONNX, or does not give one probability for each class
 */
export async function tryModel(
  context: TaskContext,
  onnx: Uint8Array,
  classes: readonly string[],
  train: FeatureSet | undefined,
): Promise<TriedModel> {
  const { inputs } = readOnnx(onnx);
  if (train === undefined) return { inputs, example: [] };
  const { dataset, target } = train;
  const table = await readParquet(await context.objects.getBytes(dataset.uri), dataset.columns);
  const rows = rawColumns(table, [target]).map((column) => sliceColumn(column, 0, EXAMPLE_ROWS));
  checkOutputs(scoreOnnx(onnx, rows), classes);
  const taken = new Set(inputs.map(({ name }) => name));
  return { inputs, example: rows.filter(({ name }) => taken.has(name)) };
}

function checkOutputs(scores: readonly Float64Array[], classes: readonly string[]): void {
  const finite = scores.every((column) => column.every(Number.isFinite));
  if (scores.length === Math.max(1, classes.length) && finite) return;
  const found = finite ? `${scores.length} values for a row` : 'values that are no finite numbers';
  const wanted =
    classes.length === 0
      ? 'one number is needed'
      : `a probability for each of ${classes.join(', ')} is needed`;
  throw new InvalidModel(
    `The model that the container wrote gives ${found}; ${wanted}. Export it with its probabilities as the last output.`,
  );
}
