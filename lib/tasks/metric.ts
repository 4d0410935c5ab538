/** Metrics by which models are chosen and compared. */
import { z } from 'zod';

export const classificationMetric = z.enum(['auc', 'accuracy', 'precision', 'recall', 'f1', 'logLoss']);
export const regressionMetric = z.enum(['rmse', 'mae', 'r2', 'mape', 'medianAbsoluteError', 'maxError']);
export const anyMetric = z.enum([...classificationMetric.options, ...regressionMetric.options]);
export type MetricName = z.output<typeof anyMetric>;

const LOWER_IS_BETTER: ReadonlySet<MetricName> = new Set([
  'logLoss',
  'rmse',
  'mae',
  'mape',
  'medianAbsoluteError',
  'maxError',
]);

export function lowerIsBetter(metric: MetricName): boolean {
  return LOWER_IS_BETTER.has(metric);
}

/** How much better the first value is than the second; negative when it is worse. */
export function gainOf(metric: MetricName, value: number, than: number): number {
  return lowerIsBetter(metric) ? than - value : value - than;
}
