/** Single numbers of a confusion matrix that chance and unequal classes do not flatter. scikit-learn's meaning. */

/** Mean recall of the classes that occur. @param matrix rows: actual, columns: predicted */
export function balancedAccuracy(matrix: readonly (readonly number[])[]): number {
  const recalls = matrix.flatMap((row, c) => {
    const all = sum(row);
    return all === 0 ? [] : [(row[c] ?? 0) / all];
  });
  return sum(recalls) / recalls.length;
}

/** Cohen's kappa: agreement beyond chance; NaN when chance alone agrees wholly. */
export function cohenKappa(matrix: readonly (readonly number[])[]): number {
  const { all, hits, actual, predicted } = margins(matrix);
  const chance = sum(actual.map((n, c) => n * predicted[c]!)) / all;
  return (hits - chance) / (all - chance);
}

/** Correlation of actual and predicted classes (J. Gorodkin, 2004, for several); 0 when one side has one class only. */
export function matthewsCorrelation(matrix: readonly (readonly number[])[]): number {
  const { all, hits, actual, predicted } = margins(matrix);
  const squares = (values: readonly number[]) => sum(values.map((value) => value * value));
  const product = (all * all - squares(predicted)) * (all * all - squares(actual));
  return product === 0 ? 0 : (hits * all - sum(actual.map((n, c) => n * predicted[c]!))) / Math.sqrt(product);
}

/** (1 + β²) P R / (β² P + R) from counts; 0 where nothing is positive. */
export function fBeta(
  truePositives: number,
  falsePositives: number,
  falseNegatives: number,
  beta: number,
): number {
  const weight = beta * beta;
  const below = (1 + weight) * truePositives + weight * falseNegatives + falsePositives;
  return below === 0 ? 0 : ((1 + weight) * truePositives) / below;
}

function margins(matrix: readonly (readonly number[])[]): {
  all: number;
  hits: number;
  actual: number[];
  predicted: number[];
} {
  return {
    all: sum(matrix.map(sum)),
    hits: sum(matrix.map((row, c) => row[c] ?? 0)),
    actual: matrix.map(sum),
    predicted: matrix.map((_, c) => sum(matrix.map((row) => row[c] ?? 0))),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
