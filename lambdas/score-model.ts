/** Scores a saved model on raw rows: what evaluation and comparison share. */
import { readParquet } from '../lib/data/read-parquet';
import { rawColumns, targetOf } from '../lib/ml/feature-data';
import { classificationMetricsOf } from '../lib/ml/metrics';
import { scoreOnnx } from '../lib/ml/onnx/score';
import type { RawColumn } from '../lib/ml/preprocessor';
import type { TaskContext } from '../lib/runtime/task-context';
import type { FeatureSet } from '../lib/tasks/dataset';

export interface TestRows {
  readonly columns: readonly RawColumn[];
  readonly labels: Int32Array;
}

export async function readTestRows(context: TaskContext, test: FeatureSet): Promise<TestRows> {
  const table = await readParquet(await context.objects.getBytes(test.dataset.uri), test.dataset.columns);
  return { columns: rawColumns(table, [test.target]), labels: targetOf(table, test.target, test.classes) };
}

/** @param folder `s3://…/model/` */
export async function scoreModel(context: TaskContext, folder: string, rows: TestRows) {
  const probabilities = scoreOnnx(await context.objects.getBytes(`${folder}model.onnx`), rows.columns);
  return { probabilities, ...classificationMetricsOf(rows.labels, probabilities) };
}
