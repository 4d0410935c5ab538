/** How true probabilities are: log loss, Brier score, calibration. scikit-learn's meaning. */
import { quantile } from './quantile';
import { weightedMean, type WeightOptions } from './sample-weight';

/**
 * Mean of −log of the actual class's probability, in nats; probabilities are kept 2⁻⁵² away from 0 and 1.
 * @param actual class numbers @param probabilities one array of rows per class
 */
export function logLoss(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions = {},
): number {
  return weightedMean(
    actual.length,
    options,
    (row) =>
      -Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probabilities[actual[row]!]![row]!))),
  );
}

/**
 * Mean squared distance of the positive class's probability from 0 or 1 (G. Brier, 1950, halved).
 * @param positives 1 for positive, 0 otherwise @param probability of the positive class
 */
export function brierScore(
  positives: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: WeightOptions = {},
): number {
  return weightedMean(positives.length, options, (row) => (probability[row]! - positives[row]!) ** 2);
}

/**
 * Brier's own score for any number of classes: mean over the rows of Σ (probability − 0 or 1)². Of two classes it is twice
 * `brierScore`. scikit-learn's `brier_score_loss` with `scale_by_half=False`.
 * @param actual class numbers @param probabilities one array of rows per class
 */
export function multiclassBrierScore(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions = {},
): number {
  return weightedMean(actual.length, options, (row) =>
    probabilities.reduce((sum, column, c) => sum + (column[row]! - Number(actual[row] === c)) ** 2, 0),
  );
}

export interface CalibrationBin {
  readonly rows: number;
  /** Mean of the probabilities. */
  readonly predicted: number;
  /** Share of positive rows. */
  readonly actual: number;
}

export interface CalibrationOptions {
  /** @default 5 */
  readonly nBins?: number;
  /** Bins of the same width, or of the same number of rows. @default 'uniform' */
  readonly strategy?: 'uniform' | 'quantile';
}

/** Bins that have rows, ascending. */
export function calibrationCurve(
  positives: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: CalibrationOptions = {},
): CalibrationBin[] {
  const { nBins = 5, strategy = 'uniform' } = options;
  const edges = Array.from({ length: nBins - 1 }, (_, i) =>
    strategy === 'uniform' ? (i + 1) / nBins : quantile(probability, (i + 1) / nBins),
  );
  const bins = Array.from({ length: nBins }, () => ({ rows: 0, predicted: 0, actual: 0 }));
  for (let row = 0; row < probability.length; row++) {
    const bin = bins[edges.filter((edge) => edge < probability[row]!).length]!;
    bin.rows++;
    bin.predicted += probability[row]!;
    bin.actual += positives[row]!;
  }
  return bins
    .filter((bin) => bin.rows > 0)
    .map(({ rows, predicted, actual }) => ({ rows, predicted: predicted / rows, actual: actual / rows }));
}

/** Mean gap between predicted and actual over the bins, by rows (M. Naeini et al., AAAI 2015). */
export function expectedCalibrationError(bins: readonly CalibrationBin[]): number {
  const all = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, bin) => sum + (bin.rows / all) * Math.abs(bin.predicted - bin.actual), 0);
}
