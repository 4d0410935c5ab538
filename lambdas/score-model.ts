/** Scores a saved model on raw rows: what evaluation and comparison share. */
import { InvalidDataset } from '../lib/data/invalid-dataset';
import { readParquet } from '../lib/data/read-parquet';
import { checkScores } from '../lib/ml/check-finite';
import { numbersOf, rawColumns, targetOf, weightsIn } from '../lib/ml/feature-data';
import { classificationMetricsOf } from '../lib/ml/metrics';
import { scoreOnnx } from '../lib/ml/onnx/score';
import type { RawColumn } from '../lib/ml/raw-column';
import { regressionMetricsOf } from '../lib/ml/regression-metrics';
import type { WeightOptions } from '../lib/ml/sample-weight';
import { DoNotRetry } from '../lib/model/errors';
import type { TaskContext } from '../lib/runtime/task-context';
import type { FeatureSet } from '../lib/tasks/dataset';
import { readModel, type StoredModel } from './read-model';

export interface TestRows<Target> {
  readonly columns: readonly RawColumn[];
  /** Class numbers, or the numbers to predict. */
  readonly target: Target;
  readonly weights: WeightOptions;
}

export async function readTestRows(context: TaskContext, test: FeatureSet): Promise<TestRows<Int32Array>> {
  if (test.classes.length === 0)
    throw new DoNotRetry(
      `'${test.target}' was prepared as a number; this task is for classes. Take the one for regressions.`,
    );
  const { table, ...rows } = await readRows(context, test);
  const target = targetOf(table, test.target, test.classes);
  checkEachClass(test, target, rows.weights);
  return { ...rows, target };
}

export async function readTestNumbers(
  context: TaskContext,
  test: FeatureSet,
): Promise<TestRows<Float64Array>> {
  if (test.classes.length > 0)
    throw new DoNotRetry(
      `'${test.target}' was prepared as classes; this task is for numbers. Take the one for classifiers.`,
    );
  const { table, ...rows } = await readRows(context, test);
  return { ...rows, target: numbersOf(table, test.target) };
}

async function readRows(context: TaskContext, test: FeatureSet) {
  const table = await readParquet(await context.objects.getBytes(test.dataset.uri), test.dataset.columns);
  if (table.rows === 0)
    throw new InvalidDataset(
      `Dataset '${test.dataset.name}' has no rows to judge a model by. It is ${test.dataset.uri}.`,
    );
  const weights: WeightOptions = { sampleWeight: weightsIn(table, test.sampleWeight) };
  return { table, columns: rawColumns(table, [test.target]), weights };
}

/** Without a row of a class there is no AUC. @throws InvalidDataset that names the class */
function checkEachClass(
  { dataset, target, classes }: FeatureSet,
  labels: Int32Array,
  weights: WeightOptions,
) {
  const totals = new Float64Array(classes.length);
  labels.forEach((label, row) => (totals[label]! += weights.sampleWeight?.[row] ?? 1));
  const lacking = classes.filter((_, c) => totals[c] === 0);
  if (lacking.length > 0)
    throw new InvalidDataset(
      `Dataset '${dataset.name}' has no row of '${lacking.join("', '")}' in '${target}': a model cannot be judged by it. Split so that each part has all classes, or take more rows. It is ${dataset.uri}.`,
    );
}

/** One array of rows per class, or one of numbers. @throws InvalidDataset for a row without a finite prediction */
export async function scoresOf(
  context: TaskContext,
  model: StoredModel,
  columns: readonly RawColumn[],
): Promise<Float64Array[]> {
  return checkScores(scoreOnnx(await readModel(context, model), columns), columns);
}

export async function scoreModel(context: TaskContext, model: StoredModel, rows: TestRows<Int32Array>) {
  const probabilities = await scoresOf(context, model, rows.columns);
  return { probabilities, ...classificationMetricsOf(rows.target, probabilities, rows.weights) };
}

export async function scoreRegression(
  context: TaskContext,
  model: StoredModel,
  rows: TestRows<Float64Array>,
) {
  const [predicted = new Float64Array()] = await scoresOf(context, model, rows.columns);
  const { mse: _mse, ...metrics } = regressionMetricsOf(rows.target, predicted, rows.weights);
  return { predicted, metrics };
}
