/** A model's predictions for the test rows, and metrics of any of them. */
import { bootstrapIntervals } from '../../lib/ml/bootstrap';
import { takeValues } from '../../lib/ml/matrix';
import { classificationMetricsOf } from '../../lib/ml/metrics';
import { regressionMetricsOf } from '../../lib/ml/regression-metrics';
import { weightsOfRows, type WeightOptions } from '../../lib/ml/sample-weight';
import type { Interval } from '../../lib/reports/model-card';
import { NUMBER_SCORERS, CLASS_SCORERS } from '../../lib/ml/model-selection/scorers';

export interface Scored {
  readonly rows: number;
  /** Class numbers, or numbers. */
  readonly actual: ArrayLike<number>;
  /** Probabilities of each class, or the numbers predicted. */
  readonly outputs: readonly Float64Array[];
  /** Of a regression: none. */
  readonly classes: readonly string[];
  /** @default 1 each */
  readonly weights?: WeightOptions;
}

/** What slices, importances and the learning curve are in: 'auc' for classes, 'r2' for numbers. */
export function mainMetricOf(classes: readonly string[]): string {
  return classes.length > 0 ? 'auc' : 'r2';
}

export function mainScore({ actual, outputs, classes, weights }: Omit<Scored, 'rows'>): number {
  return classes.length > 0
    ? CLASS_SCORERS['roc-auc'](Int32Array.from(actual), outputs, weights)
    : NUMBER_SCORERS.r2(Float64Array.from(actual), outputs[0]!, weights);
}

export function taken(scored: Scored, rows: ArrayLike<number>): Scored {
  const of = (values: ArrayLike<number>) => takeValues(values, rows);
  return {
    ...scored,
    rows: rows.length,
    actual: of(scored.actual),
    outputs: scored.outputs.map(of),
    weights: weightsOfRows(scored.weights ?? {}, Array.from(rows)),
  };
}

/** All metrics by name. */
export function metricsOf({ actual, outputs, classes, weights }: Scored): Record<string, number> {
  if (classes.length === 0) {
    const { rows: _rows, ...metrics } = regressionMetricsOf(actual, outputs[0]!, weights);
    return { ...metrics };
  }
  const { rows: _rows, ...metrics } = classificationMetricsOf(actual, outputs, weights).metrics;
  return { ...metrics };
}

/** Row draws that a card may take: with more rows fewer samples, as each costs more and intervals are narrower. */
const DRAWN_ROWS = 1_000_000;

/** Each metric with its percentile interval; all from the same samples. */
export function intervalsOf(scored: Scored, confidence: number, seed: number): Interval[] {
  const found = bootstrapIntervals(scored.rows, (rows) => metricsOf(taken(scored, rows)), {
    confidence,
    resamples: Math.max(50, Math.min(500, Math.floor(DRAWN_ROWS / scored.rows))),
    seed,
    // Each sample has all classes.
    strata: scored.classes.length > 0 ? scored.actual : undefined,
  });
  return Object.entries(found).map(([metric, { value, low, high }]) => ({ metric, value, low, high }));
}
