/** Metrics of predicted numbers with scikit-learn's meaning. */
import { weightedMedian } from './quantile';
import { rowWeights, weightedMean, type WeightOptions } from './sample-weight';

export interface RegressionMetrics {
  readonly rows: number;
  /** Mean absolute error, in the target's unit. */
  readonly mae: number;
  /** Mean squared error, in the unit squared. */
  readonly mse: number;
  readonly rmse: number;
  /** 1 − squared error / that of the mean. Of a constant target: 1 when all is hit, else 0. */
  readonly r2: number;
  /** 1 − variance of the errors / variance of the target; as `r2` of a constant target. */
  readonly explainedVariance: number;
  /** Mean of |error| / max(|actual|, 2⁻⁵²): a share, not a percentage; huge where the actual is 0. */
  readonly mape: number;
  readonly medianAbsoluteError: number;
  /** Weights do not count for it. */
  readonly maxError: number;
  /** Mean of predicted − actual. */
  readonly bias: number;
  /** `pinballLoss` of the quantiles 0.1, 0.5 (half of `mae`) and 0.9. */
  readonly quantileLoss10: number;
  readonly quantileLoss50: number;
  readonly quantileLoss90: number;
}

/** @throws RangeError for no rows, different lengths or weights that do not fit */
export function regressionMetricsOf(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: WeightOptions = {},
): RegressionMetrics {
  const rows = actual.length;
  if (rows === 0 || predicted.length !== rows)
    throw new RangeError(
      `There are ${predicted.length} predictions for ${rows} rows; both must be the same, and not 0.`,
    );
  const weights = rowWeights(rows, options);
  const mean = (value: (row: number) => number) => weightedMean(rows, options, value);
  const y = (row: number) => actual[row]!;
  const error = (row: number) => predicted[row]! - actual[row]!;
  const errors = Float64Array.from({ length: rows }, (_, row) => Math.abs(error(row)));
  const centre = mean(y);
  const variance = mean((row) => (y(row) - centre) ** 2);
  const mse = mean((row) => error(row) ** 2);
  const bias = mean(error);
  const explained = (rest: number) => (variance === 0 ? (rest === 0 ? 1 : 0) : 1 - rest / variance);
  return {
    rows,
    mae: mean((row) => errors[row]!),
    mse,
    rmse: Math.sqrt(mse),
    r2: explained(mse),
    explainedVariance: explained(mean((row) => (error(row) - bias) ** 2)),
    mape: mean((row) => errors[row]! / Math.max(Math.abs(y(row)), Number.EPSILON)),
    medianAbsoluteError: weightedMedian(errors, weights),
    maxError: errors.reduce((a, b) => Math.max(a, b), 0),
    bias,
    quantileLoss10: pinballLoss(actual, predicted, 0.1, options),
    quantileLoss50: pinballLoss(actual, predicted, 0.5, options),
    quantileLoss90: pinballLoss(actual, predicted, 0.9, options),
  };
}

/** Mean pinball loss of a predicted quantile. @param alpha the quantile, between 0 and 1 */
export function pinballLoss(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  alpha: number,
  options: WeightOptions = {},
): number {
  return weightedMean(actual.length, options, (row) => {
    const gap = actual[row]! - predicted[row]!;
    return gap >= 0 ? alpha * gap : (alpha - 1) * gap;
  });
}

/** Mean Poisson deviance 2 (y log(y / p) − y + p). @throws RangeError for a prediction that is not above 0 */
export function poissonDeviance(actual: ArrayLike<number>, predicted: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < actual.length; row++) {
    const y = actual[row]!;
    const p = predicted[row]!;
    if (!(p > 0)) throw new RangeError(`Prediction ${row} is ${p}; the Poisson deviance needs one above 0.`);
    sum += 2 * ((y === 0 ? 0 : y * Math.log(y / p)) - y + p);
  }
  return sum / actual.length;
}
