import { quantileOfSorted } from '../../lib/ml/quantile';
import type { RegressionCard } from '../../lib/reports/model-card';
import type { Scored } from './scored';

const BARS = 30;

/** Residuals, actual − predicted: against the prediction, as a histogram and by quantiles. */
export function regressionDetail({
  actual,
  outputs: [predicted = new Float64Array()],
}: Scored): RegressionCard {
  const residuals = predicted.map((value, row) => actual[row]! - value);
  const sorted = residuals.slice().sort();
  const low = sorted[0] ?? 0;
  const width = ((sorted.at(-1) ?? 0) - low) / BARS || 1;
  const counts = new Array<number>(BARS).fill(0);
  for (const residual of residuals) counts[Math.min(BARS - 1, Math.floor((residual - low) / width))]!++;
  return {
    kind: 'regression',
    residuals: Array.from(residuals, (residual, row) => [predicted[row]!, residual] as const),
    predicted: Array.from(predicted, (value, row) => [actual[row]!, value] as const),
    histogram: { edges: Array.from({ length: BARS + 1 }, (_, i) => low + i * width), counts },
    quantiles: [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((q) => ({
      q,
      residual: quantileOfSorted(sorted, q),
    })),
  };
}
