/**
 * Classification metrics with scikit-learn's meaning. AUC by ranks with ties averaged (Mann and Whitney 1947); for more
 * than two classes one against the rest, macro average. A ratio with a zero denominator is 0.
 */
import type { ClassificationMetrics } from '../tasks/dataset';

/** @param scores larger means more likely positive @param positives 1 for positive, 0 otherwise */
export function rocAuc(positives: ArrayLike<number>, scores: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort(
    (a, b) => (scores[a] ?? 0) - (scores[b] ?? 0),
  );
  let rankSum = 0;
  let count = 0;
  for (let i = 0; i < order.length;) {
    let j = i;
    while (j + 1 < order.length && scores[order[j + 1] ?? 0] === scores[order[i] ?? 0]) j++;
    const rank = (i + j) / 2 + 1;
    for (let k = i; k <= j; k++) {
      if (positives[order[k] ?? 0] === 1) {
        rankSum += rank;
        count++;
      }
    }
    i = j + 1;
  }
  const others = scores.length - count;
  return count === 0 || others === 0 ? Number.NaN : (rankSum - (count * (count + 1)) / 2) / (count * others);
}

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
  const predicted = predictedClasses(probabilities);
  const matrix = confusion(actual, predicted, classes);
  const column = (c: number) => matrix.reduce((sum, row) => sum + (row[c] ?? 0), 0);
  const perClass = matrix.map((row, c) => {
    const hits = row[c] ?? 0;
    const precision = ratio(hits, column(c));
    const recall = ratio(
      hits,
      row.reduce((sum, n) => sum + n, 0),
    );
    return { precision, recall, f1: ratio(2 * precision * recall, precision + recall) };
  });
  const chosen = classes === 2 ? perClass.slice(1) : perClass;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const aucOf = (c: number) =>
    rocAuc(
      Array.from({ length: rows }, (_, i) => (actual[i] === c ? 1 : 0)),
      probabilities[c] ?? [],
    );
  let loss = 0;
  for (let i = 0; i < rows; i++)
    loss -= Math.log(Math.min(1 - 1e-15, Math.max(1e-15, probabilities[actual[i] ?? 0]?.[i] ?? 0)));
  return {
    matrix,
    metrics: {
      rows,
      auc: classes === 2 ? aucOf(1) : mean(Array.from({ length: classes }, (_, c) => aucOf(c))),
      accuracy: ratio(
        matrix.reduce((sum, row, c) => sum + (row[c] ?? 0), 0),
        rows,
      ),
      precision: mean(chosen.map((one) => one.precision)),
      recall: mean(chosen.map((one) => one.recall)),
      f1: mean(chosen.map((one) => one.f1)),
      logLoss: loss / rows,
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

function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}
