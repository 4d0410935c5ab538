/** How good predictions are as one number, the greater the better: losses count negative, as in scikit-learn. */
import { classificationMetricOf } from '../metrics';
import { brierScore, logLoss } from '../probability-metrics';
import { averagePrecision } from '../ranking-metrics';
import { pinballLoss, regressionMetricsOf } from '../regression-metrics';
import type { WeightOptions } from '../sample-weight';

/** @param actual class numbers @param probabilities one array of rows per class */
export type ClassScorer = (
  actual: Int32Array,
  probabilities: readonly Float64Array[],
  weights?: WeightOptions,
) => number;
export type NumberScorer = (actual: Float64Array, predicted: Float64Array, weights?: WeightOptions) => number;

const last = (actual: Int32Array, probabilities: readonly Float64Array[]) => ({
  positives: Array.from(actual, (label) => Number(label === probabilities.length - 1)),
  scores: probabilities.at(-1) ?? new Float64Array(),
});

/** 'average-precision' and 'neg-brier' are of the last class; 'roc-auc' of several classes is one against the rest. */
export const CLASS_SCORERS = {
  accuracy: (actual, probabilities, weights) =>
    classificationMetricOf('accuracy', actual, probabilities, weights),
  precision: (actual, probabilities, weights) =>
    classificationMetricOf('precision', actual, probabilities, weights),
  recall: (actual, probabilities, weights) =>
    classificationMetricOf('recall', actual, probabilities, weights),
  'balanced-accuracy': (actual, probabilities, weights) =>
    classificationMetricOf('balancedAccuracy', actual, probabilities, weights),
  'matthews-correlation': (actual, probabilities, weights) =>
    classificationMetricOf('matthewsCorrelation', actual, probabilities, weights),
  f1: (actual, probabilities, weights) => classificationMetricOf('f1', actual, probabilities, weights),
  'roc-auc': (actual, probabilities, weights) =>
    classificationMetricOf('auc', actual, probabilities, weights),
  'average-precision': (actual, probabilities, weights) => {
    const { positives, scores } = last(actual, probabilities);
    return averagePrecision(positives, scores, weights);
  },
  'neg-log-loss': (actual, probabilities, weights) => -logLoss(actual, probabilities, weights),
  'neg-brier': (actual, probabilities, weights) => {
    const { positives, scores } = last(actual, probabilities);
    return -brierScore(positives, scores, weights);
  },
} as const satisfies Readonly<Record<string, ClassScorer>>;

export const NUMBER_SCORERS = {
  r2: (actual, predicted, weights) => regressionMetricsOf(actual, predicted, weights).r2,
  'neg-mae': (actual, predicted, weights) => -regressionMetricsOf(actual, predicted, weights).mae,
  'neg-rmse': (actual, predicted, weights) => -regressionMetricsOf(actual, predicted, weights).rmse,
  'neg-mape': (actual, predicted, weights) => -regressionMetricsOf(actual, predicted, weights).mape,
  'neg-median-absolute-error': (actual, predicted, weights) =>
    -regressionMetricsOf(actual, predicted, weights).medianAbsoluteError,
  'neg-quantile-loss-10': (actual, predicted, weights) => -pinballLoss(actual, predicted, 0.1, weights),
  'neg-quantile-loss-90': (actual, predicted, weights) => -pinballLoss(actual, predicted, 0.9, weights),
} as const satisfies Readonly<Record<string, NumberScorer>>;
