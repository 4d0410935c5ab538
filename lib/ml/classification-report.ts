/** Precision, recall and F1 of each class and their averages: scikit-learn's `classification_report`. */

export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows of the class; of an average, all rows. */
  readonly support: number;
}

export interface ClassificationReport {
  /** In the order of the classes. */
  readonly perClass: readonly ClassScore[];
  /** Also the micro average of precision, recall and F1, as each row has one class. */
  readonly accuracy: number;
  /** Each class counts the same. */
  readonly macro: ClassScore;
  /** Classes count by their rows. */
  readonly weighted: ClassScore;
}

/** A ratio with a zero denominator is 0. @param matrix `matrix[actual][predicted]`, counts or sums of weights */
export function classificationReport(matrix: readonly (readonly number[])[]): ClassificationReport {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const ratio = (a: number, b: number) => (b === 0 ? 0 : a / b);
  const perClass = matrix.map((row, c): ClassScore => {
    const hits = row[c] ?? 0;
    const support = sum(row);
    const predicted = sum(matrix.map((other) => other[c] ?? 0));
    return {
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, predicted + support),
      support,
    };
  });
  const rows = sum(perClass.map(({ support }) => support));
  const average = (weight: (score: ClassScore) => number): ClassScore => {
    const total = sum(perClass.map(weight));
    const mean = (name: 'precision' | 'recall' | 'f1') =>
      ratio(sum(perClass.map((score) => weight(score) * score[name])), total);
    return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1'), support: rows };
  };
  return {
    perClass,
    accuracy: ratio(sum(matrix.map((row, c) => row[c] ?? 0)), rows),
    macro: average(() => 1),
    weighted: average(({ support }) => support),
  };
}
