/**
 * Classification metrics with scikit-learn's meaning. For more than two classes AUC is one against the rest, macro
 * average, as precision, recall and F1 are. A ratio with a zero denominator is 0.
 */
import type { ClassificationMetrics } from '../tasks/dataset';
import { classificationReport } from './classification-report';
import { logLoss } from './probability-metrics';
import { multiclassRocAuc } from './ranking-metrics';
import { rocAuc } from './roc-auc';

export function confusion(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < actual.length; i++) {
    const row = matrix[actual[i] ?? 0];
    const column = predicted[i] ?? 0;
    if (row !== undefined) row[column] = (row[column] ?? 0) + 1;
  }
  return matrix;
}

/** @param probabilities one array of rows per class */
export function classificationMetricsOf(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
): { readonly metrics: ClassificationMetrics; readonly matrix: number[][] } {
  const rows = actual.length;
  const classes = probabilities.length;
  const matrix = confusion(actual, predictedClasses(probabilities), classes);
  const { accuracy, macro, perClass } = classificationReport(matrix);
  // Two classes are judged by the positive one.
  const { precision, recall, f1 } = classes === 2 ? perClass[1]! : macro;
  return {
    matrix,
    metrics: {
      rows,
      auc:
        classes === 2
          ? rocAuc(
              Array.from(actual, (label) => Number(label === 1)),
              probabilities[1]!,
            )
          : multiclassRocAuc(actual, probabilities),
      accuracy,
      precision,
      recall,
      f1,
      logLoss: logLoss(actual, probabilities),
    },
  };
}

/** The class with the greatest probability; the first one on a tie. */
export function predictedClasses(probabilities: readonly Float64Array[]): Int32Array {
  return Int32Array.from(probabilities[0] ?? [], (_, i) => {
    let best = 0;
    probabilities.forEach((column, c) => {
      if ((column[i] ?? 0) > (probabilities[best]?.[i] ?? 0)) best = c;
    });
    return best;
  });
}
