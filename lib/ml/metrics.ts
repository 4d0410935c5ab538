/**
 * Classification metrics with scikit-learn's meaning. For more than two classes AUC is one against the rest, macro
 * average, as precision, recall and F1 are. A ratio with a zero denominator is 0. Rows count by their weights.
 */
import type { ClassificationMetrics } from '../tasks/dataset';
import { classificationReport } from './classification-report';
import { logLoss } from './probability-metrics';
import { multiclassRocAuc } from './ranking-metrics';
import { rocAuc } from './roc-auc';
import { rowWeights, type WeightOptions } from './sample-weight';

/** `matrix[actual][predicted]`: rows, or sums of their weights. @throws RangeError for weights that do not fit */
export function confusion(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  options: WeightOptions = {},
): number[][] {
  const weights = rowWeights(actual.length, options);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < actual.length; i++) {
    const row = matrix[actual[i] ?? 0];
    const column = predicted[i] ?? 0;
    if (row !== undefined) row[column] = (row[column] ?? 0) + (weights?.[i] ?? 1);
  }
  return matrix;
}

/** @param probabilities one array of rows per class @throws RangeError for weights that do not fit */
export function classificationMetricsOf(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions = {},
): { readonly metrics: ClassificationMetrics; readonly matrix: number[][] } {
  const rows = actual.length;
  const classes = probabilities.length;
  const matrix = confusion(actual, predictedClasses(probabilities), classes, options);
  const { accuracy, macro, perClass } = classificationReport(matrix);
  // Two classes are judged by the positive one.
  const { precision, recall, f1 } = classes === 2 ? perClass[1]! : macro;
  return {
    matrix,
    metrics: {
      rows,
      auc: aucOf(actual, probabilities, options),
      accuracy,
      precision,
      recall,
      f1,
      logLoss: logLoss(actual, probabilities, options),
    },
  };
}

/** One of them by itself, without the time that the others take. */
export function classificationMetricOf(
  name: Exclude<keyof ClassificationMetrics, 'rows'>,
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions = {},
): number {
  if (name === 'auc') return aucOf(actual, probabilities, options);
  if (name === 'logLoss') return logLoss(actual, probabilities, options);
  const matrix = confusion(actual, predictedClasses(probabilities), probabilities.length, options);
  const { accuracy, macro, perClass } = classificationReport(matrix);
  return name === 'accuracy' ? accuracy : (probabilities.length === 2 ? perClass[1]! : macro)[name];
}

function aucOf(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions,
): number {
  if (probabilities.length !== 2) return multiclassRocAuc(actual, probabilities, options);
  const positives = Int32Array.from({ length: actual.length }, (_, row) => Number(actual[row] === 1));
  return rocAuc(positives, probabilities[1]!, options);
}

/** The class with the greatest probability; the first one on a tie. */
export function predictedClasses(probabilities: readonly Float64Array[]): Int32Array {
  const rows = probabilities[0]?.length ?? 0;
  const best = new Int32Array(rows);
  for (let c = 1; c < probabilities.length; c++) {
    const column = probabilities[c]!;
    for (let row = 0; row < rows; row++) if (column[row]! > probabilities[best[row]!]![row]!) best[row] = c;
  }
  return best;
}
