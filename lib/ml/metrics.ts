/**
 * Classification metrics with scikit-learn's meaning. AUC by ranks with ties averaged (Mann and Whitney 1947); for more
 * than two classes one against the rest, macro average. A ratio with a zero denominator is 0.
 */
import type { ClassificationMetrics } from '../tasks/dataset';

/**
 * Share of the pairs of a positive and another row that the scores put right, ties by half. NaN with one class only, or
 * when a score is NaN.
 * @param scores larger means more likely positive @param positives 1 for positive, 0 otherwise
 */
export function rocAuc(positives: ArrayLike<number>, scores: ArrayLike<number>): number {
  const rows = scores.length;
  let count = 0;
  for (let row = 0; row < rows; row++) if (positives[row] === 1) count++;
  // Sorted apart and merged: native sorting of numbers takes a tenth of the time of sorting row numbers.
  const ours = new Float64Array(count);
  const others = new Float64Array(rows - count);
  for (let row = 0, i = 0, j = 0; row < rows; row++) {
    if (positives[row] === 1) ours[i++] = scores[row]!;
    else others[j++] = scores[row]!;
  }
  ours.sort();
  others.sort();
  if (ours.length === 0 || others.length === 0) return Number.NaN;
  if (Number.isNaN(ours.at(-1)) || Number.isNaN(others.at(-1))) return Number.NaN;
  let below = 0;
  let upTo = 0;
  let halves = 0;
  for (const score of ours) {
    while (below < others.length && others[below]! < score) below++;
    while (upTo < others.length && others[upTo]! <= score) upTo++;
    halves += below + upTo;
  }
  return halves / 2 / (ours.length * others.length);
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
