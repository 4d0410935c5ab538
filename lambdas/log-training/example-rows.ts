/** An ONNX file that a container wrote, as a model that tasks and endpoints score by. */
import { readParquet } from '../../lib/data/read-parquet';
import { rawColumns } from '../../lib/ml/feature-data';
import { InvalidModel } from '../../lib/ml/onnx/invalid-model';
import { readOnnx } from '../../lib/ml/onnx/read-model';
import { scoreOnnx } from '../../lib/ml/onnx/score';
import type { RawColumn } from '../../lib/ml/raw-column';
import type { TaskContext } from '../../lib/runtime/task-context';
import type { FeatureSet } from '../../lib/tasks/dataset';

/** Rows of the training part that go along with the model. */
const EXAMPLE_ROWS = 5;

/**
 * Rows that the model takes, after it was tried with them. None without a training part.
 * @throws InvalidModel when the file is no ONNX, or does not give one probability for each class
 */
export async function exampleFor(
  context: TaskContext,
  onnx: Uint8Array,
  classes: readonly string[],
  train: FeatureSet | undefined,
): Promise<RawColumn[]> {
  const taken = new Set(readOnnx(onnx).inputs.map(({ name }) => name));
  if (train === undefined) return [];
  const { dataset, target } = train;
  const table = await readParquet(await context.objects.getBytes(dataset.uri), dataset.columns);
  const rows = rawColumns(table, [target]).map(
    (column) => ({ ...column, values: column.values.slice(0, EXAMPLE_ROWS) }) as RawColumn,
  );
  checkScores(scoreOnnx(onnx, rows), classes);
  return rows.filter(({ name }) => taken.has(name));
}

function checkScores(scores: readonly Float64Array[], classes: readonly string[]): void {
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
