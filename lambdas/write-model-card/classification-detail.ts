import { classificationReport } from '../../lib/ml/classification-report';
import { confusion, predictedClasses } from '../../lib/ml/metrics';
import { calibrationCurve, expectedCalibrationError } from '../../lib/ml/probability-metrics';
import { precisionRecallCurve, rocCurve } from '../../lib/ml/ranking-metrics';
import type { WeightOptions } from '../../lib/ml/sample-weight';
import { thresholdByCost, type OutcomeCosts } from '../../lib/ml/threshold';
import type { ClassificationCard } from '../../lib/reports/model-card';
import type { Scored } from './scored';

/** Confusion, report, curves and calibration of the positive class, or of each class against the rest. */
export function classificationDetail(scored: Scored, costs: OutcomeCosts | undefined): ClassificationCard {
  const { actual, outputs, classes, weights } = scored;
  const matrix = confusion(actual, predictedClasses(outputs), classes.length, weights);
  const report = classificationReport(matrix);
  const wanted = classes.length === 2 ? [1] : classes.map((_, c) => c);
  const sides = wanted.map((c) => ({
    name: classes[c]!,
    positives: Array.from(actual, (label) => Number(label === c)),
    probability: outputs[c]!,
  }));
  const bins = sides.map(({ positives, probability }) =>
    calibrationCurve(positives, probability, { nBins: 10 }),
  );
  return {
    kind: 'classification',
    classes,
    matrix,
    report: [
      ...report.perClass.map((score, c) => ({ name: classes[c]!, ...score })),
      { name: 'macro average', ...report.macro },
      { name: 'weighted average', ...report.weighted },
    ],
    roc: sides.map(({ name, positives, probability }) => ({
      name,
      points: rocCurve(positives, probability, weights).map(({ fpr, tpr }) => [fpr, tpr] as const),
    })),
    precisionRecall: sides.map(({ name, positives, probability }) => ({
      name,
      points: precisionRecallCurve(positives, probability, weights).map(
        ({ recall, precision }) => [recall, precision] as const,
      ),
    })),
    calibration: bins.map((curve, i) => ({
      name: sides[i]!.name,
      points: curve.map(({ predicted, actual: share }) => [predicted, share] as const),
    })),
    calibrationError: bins.reduce((sum, curve) => sum + expectedCalibrationError(curve), 0) / bins.length,
    threshold:
      costs === undefined || sides.length !== 1
        ? undefined
        : chosen(sides[0]!.positives, sides[0]!.probability, costs, weights),
  };
}

function chosen(
  positives: readonly number[],
  probability: Float64Array,
  costs: OutcomeCosts,
  { sampleWeight }: WeightOptions = {},
) {
  const { threshold, cost } = thresholdByCost(positives, probability, costs, { sampleWeight });
  const weight = (row: number) => sampleWeight?.[row] ?? 1;
  const atHalf = positives.map((positive, row) => {
    const called = probability[row]! >= 0.5;
    if (called === (positive === 1)) return 0;
    return (called ? costs.falsePositive : costs.falseNegative) * weight(row);
  });
  const total = positives.reduce((sum, _, row) => sum + weight(row), 0);
  return {
    threshold,
    cost,
    costAtHalf: atHalf.reduce((sum, value) => sum + value, 0) / total,
    falsePositive: costs.falsePositive,
    falseNegative: costs.falseNegative,
  };
}
