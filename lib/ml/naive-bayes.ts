/**
 * Gaussian naive Bayes: each feature normal within each class and independent of the others. scikit-learn's formulas;
 * `varSmoothing` times the largest variance of a feature is added to all variances.
 */
import { classMoments } from './class-moments';
import { checkClasses, checkComplete, checkTarget } from './check-input';
import type { Matrix } from './matrix';
import { probabilitiesOf } from './probabilities';
import { rowWeights, type WeightOptions } from './sample-weight';

export interface NaiveBayesOptions extends WeightOptions {
  /** @default 1e-9 */
  readonly varSmoothing?: number;
}

export interface NaiveBayesModel {
  readonly algorithm: 'naive-bayes';
  readonly classes: number;
  readonly logPriors: readonly number[];
  /** Per class, per feature. */
  readonly means: readonly (readonly number[])[];
  readonly variances: readonly (readonly number[])[];
}

/** @param y class numbers from 0, one per row @throws RangeError for weights that do not fit or a class without rows */
export function fitNaiveBayes(
  x: Matrix,
  y: Int32Array,
  classes: number,
  options: NaiveBayesOptions = {},
): NaiveBayesModel {
  checkTarget(x, y);
  checkClasses(y, classes);
  const weights = rowWeights(x.rows, options);
  const totals = new Float64Array(classes);
  for (let row = 0; row < x.rows; row++) totals[y[row]!]! += weights === undefined ? 1 : weights[row]!;
  const empty = totals.indexOf(0);
  if (empty >= 0) throw new RangeError(`Class ${empty} has no rows with a weight.`);
  const moments = classMoments(x, y, weights, totals);
  // What is no finite number makes the means such.
  if (!moments.every(({ means }) => means.every(Number.isFinite))) checkComplete(x);
  const added = (options.varSmoothing ?? 1e-9) * Math.max(...moments.map(({ variance }) => variance));
  const all = totals.reduce((a, b) => a + b, 0);
  // Features that never change, and nothing to smooth by: as wide as 1, so that the priors decide.
  const perClass = <T>(value: (c: number) => T) => Array.from({ length: classes }, (_, c) => value(c));
  return {
    algorithm: 'naive-bayes',
    classes,
    logPriors: perClass((c) => Math.log(totals[c]! / all)),
    means: perClass((c) => moments.map(({ means }) => means[c]!)),
    variances: perClass((c) => moments.map(({ variances }) => variances[c]! + added || 1)),
  };
}

/** Probability of each class for each row: one array of rows per class. */
export function predictNaiveBayes(model: NaiveBayesModel, x: Matrix): Float64Array[] {
  return probabilitiesOf(
    model.means.map((means, c) => {
      const variances = model.variances[c]!;
      const constant = variances.reduce(
        (sum, variance) => sum - 0.5 * Math.log(2 * Math.PI * variance),
        model.logPriors[c]!,
      );
      const scores = new Float64Array(x.rows).fill(constant);
      x.columns.forEach((column, f) => {
        const mean = means[f]!;
        const factor = -0.5 / variances[f]!;
        for (let row = 0; row < x.rows; row++) scores[row]! += factor * (column[row]! - mean) ** 2;
      });
      return scores;
    }),
  );
}
