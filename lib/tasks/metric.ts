/** Metrics by which models are chosen and compared. */
import { z } from 'zod';

export const classificationMetric = z.enum([
  'auc',
  'accuracy',
  'precision',
  'recall',
  'f1',
  'logLoss',
  'brier',
  'averagePrecision',
  'balancedAccuracy',
  'matthewsCorrelation',
  'top3Accuracy',
]);
export const regressionMetric = z.enum([
  'rmse',
  'mae',
  'r2',
  'mape',
  'medianAbsoluteError',
  'maxError',
  'explainedVariance',
  'quantileLoss10',
  'quantileLoss50',
  'quantileLoss90',
]);
export const anyMetric = z.enum([...classificationMetric.options, ...regressionMetric.options]);
export type MetricName = z.output<typeof anyMetric>;

const LOWER_IS_BETTER: ReadonlySet<MetricName> = new Set([
  'logLoss',
  'brier',
  'rmse',
  'mae',
  'mape',
  'medianAbsoluteError',
  'maxError',
  'quantileLoss10',
  'quantileLoss50',
  'quantileLoss90',
]);

export function lowerIsBetter(metric: MetricName): boolean {
  return LOWER_IS_BETTER.has(metric);
}

/** How much better the first value is than the second; negative when it is worse. */
export function gainOf(metric: MetricName, value: number, than: number): number {
  return lowerIsBetter(metric) ? than - value : value - than;
}
