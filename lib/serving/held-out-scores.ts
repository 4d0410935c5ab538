/** A version on its held-out rows: metrics of all rows, of some of them, of samples. */
import type { ObjectStore } from '../aws/object-store';
import { readParquet, type Table } from '../data/read-parquet';
import { numbersOf, rawColumns, targetOf } from '../ml/feature-data';
import { takeValues } from '../ml/matrix';
import { classificationMetricOf } from '../ml/metrics';
import { checkScores } from '../ml/check-finite';
import { scoreOnnx } from '../ml/onnx/score';
import type { RawColumn } from '../ml/raw-column';
import { regressionMetricsOf } from '../ml/regression-metrics';
import type { DatasetRef, ModelRef } from '../tasks/dataset';
import { classificationMetric, regressionMetric, type MetricName } from '../tasks/metric';

export interface HeldOutRows {
  readonly table: Table;
  readonly columns: readonly RawColumn[];
  /** Class numbers, or the numbers to predict. */
  readonly target: Int32Array | Float64Array;
  readonly classes: readonly string[];
}

export async function readHeldOut(
  objects: ObjectStore,
  dataset: DatasetRef,
  target: string,
  classes: readonly string[],
): Promise<HeldOutRows> {
  const table = await readParquet(await objects.getBytes(dataset.uri), dataset.columns);
  return {
    table,
    columns: rawColumns(table, [target]),
    target: classes.length > 0 ? targetOf(table, target, classes) : numbersOf(table, target),
    classes,
  };
}

/** One array of rows per class, or one of numbers. @throws InvalidDataset for a row without a finite prediction */
export async function scoresOf(
  objects: ObjectStore,
  { uri }: Pick<ModelRef, 'uri'>,
  { columns }: HeldOutRows,
): Promise<Float64Array[]> {
  return checkScores(scoreOnnx(await objects.getBytes(`${uri}model.onnx`), columns), columns);
}

/** The metric on some rows; NaN for one that does not fit the kind of model. */
export function metricOn(
  metric: MetricName,
  { target, classes }: HeldOutRows,
  scores: readonly Float64Array[],
  rows: ArrayLike<number>,
): number {
  const taken = (values: ArrayLike<number>) => takeValues(values, rows);
  if (classes.length > 0) {
    const known = classificationMetric.safeParse(metric);
    if (!known.success) return Number.NaN;
    return classificationMetricOf(known.data, taken(target), scores.map(taken));
  }
  const known = regressionMetric.safeParse(metric);
  return known.success ? regressionMetricsOf(taken(target), taken(scores[0] ?? []))[known.data] : Number.NaN;
}
