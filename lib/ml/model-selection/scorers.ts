/** How good predictions are as one number, the greater the better: losses count negative, as in scikit-learn. */
import { classificationMetricOf } from '../metrics';
import { brierScore, logLoss } from '../probability-metrics';
import { averagePrecision } from '../ranking-metrics';
import { regressionMetricsOf } from '../regression-metrics';

/** @param actual class numbers @param probabilities one array of rows per class */
export type ClassScorer = (actual: Int32Array, probabilities: readonly Float64Array[]) => number;
export type NumberScorer = (actual: Float64Array, predicted: Float64Array) => number;

const last = (actual: Int32Array, probabilities: readonly Float64Array[]) => ({
  positives: Array.from(actual, (label) => Number(label === probabilities.length - 1)),
  scores: probabilities.at(-1) ?? new Float64Array(),
});

/** 'average-precision' and 'neg-brier' are of the last class; 'roc-auc' of several classes is one against the rest. */
export const CLASS_SCORERS = {
  accuracy: (actual, probabilities) => classificationMetricOf('accuracy', actual, probabilities),
  f1: (actual, probabilities) => classificationMetricOf('f1', actual, probabilities),
  'roc-auc': (actual, probabilities) => classificationMetricOf('auc', actual, probabilities),
  'average-precision': (actual, probabilities) => {
    const { positives, scores } = last(actual, probabilities);
    return averagePrecision(positives, scores);
  },
  'neg-log-loss': (actual, probabilities) => -logLoss(actual, probabilities),
  'neg-brier': (actual, probabilities) => {
    const { positives, scores } = last(actual, probabilities);
    return -brierScore(positives, scores);
  },
} as const satisfies Readonly<Record<string, ClassScorer>>;

export const NUMBER_SCORERS = {
  r2: (actual, predicted) => regressionMetricsOf(actual, predicted).r2,
  'neg-mae': (actual, predicted) => -regressionMetricsOf(actual, predicted).mae,
  'neg-rmse': (actual, predicted) => -regressionMetricsOf(actual, predicted).rmse,
  'neg-mape': (actual, predicted) => -regressionMetricsOf(actual, predicted).mape,
} as const satisfies Readonly<Record<string, NumberScorer>>;
