/**
 * Classification metrics with scikit-learn's meaning. For more than two classes AUC is one against the rest, macro
 * average, as precision, recall and F1 are. A ratio with a zero denominator is 0. Rows count by their weights.
 */
import type { ClassificationMetrics } from '../tasks/dataset';
import { classificationReport } from './classification-report';
import { balancedAccuracy, matthewsCorrelation } from './agreement-metrics';
import { brierScore, logLoss, multiclassBrierScore } from './probability-metrics';
import {
  averagePrecision,
  multiclassAveragePrecision,
  multiclassRocAuc,
  topKAccuracy,
} from './ranking-metrics';
import { rocAuc } from './roc-auc';
import { rowWeights, type WeightOptions } from './sample-weight';

/** `matrix[actual][predicted]`: rows, or sums of their weights. @throws RangeError for weights that do not fit */
export function confusion(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  options: WeightOptions = {},
): number[][] {
  const weights = rowWeights(actual.length, options);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < actual.length; i++) {
    const row = matrix[actual[i] ?? 0];
    const column = predicted[i] ?? 0;
    if (row !== undefined) row[column] = (row[column] ?? 0) + (weights?.[i] ?? 1);
  }
  return matrix;
}

type Named = { readonly [Name in Exclude<keyof ClassificationMetrics, 'top3Accuracy'>]-?: number } & {
  readonly top3Accuracy?: number;
};

/** @param probabilities one array of rows per class @throws RangeError for weights that do not fit */
export function classificationMetricsOf(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions = {},
): { readonly metrics: Named; readonly matrix: number[][] } {
  const matrix = confusion(actual, predictedClasses(probabilities), probabilities.length, options);
  const scored = (name: keyof typeof OF_SCORES) => OF_SCORES[name](actual, probabilities, options);
  return {
    matrix,
    metrics: {
      rows: actual.length,
      auc: scored('auc'),
      ...ofMatrix(matrix),
      logLoss: scored('logLoss'),
      brier: scored('brier'),
      averagePrecision: scored('averagePrecision'),
      ...(probabilities.length > 3 ? { top3Accuracy: scored('top3Accuracy') } : {}),
    },
  };
}

/** One of them by itself, without the time that the others take. */
export function classificationMetricOf(
  name: Exclude<keyof ClassificationMetrics, 'rows'>,
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions = {},
): number {
  if (isOfScores(name)) return OF_SCORES[name](actual, probabilities, options);
  return ofMatrix(confusion(actual, predictedClasses(probabilities), probabilities.length, options))[name];
}

function ofMatrix(matrix: number[][]) {
  const { accuracy, macro, perClass } = classificationReport(matrix);
  // Two classes are judged by the positive one.
  const { precision, recall, f1 } = matrix.length === 2 ? perClass[1]! : macro;
  return {
    accuracy,
    precision,
    recall,
    f1,
    balancedAccuracy: balancedAccuracy(matrix),
    matthewsCorrelation: matthewsCorrelation(matrix),
  };
}

type OfScores = (
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions,
) => number;

const OF_SCORES = {
  auc: aucOf,
  logLoss,
  brier: (actual, probabilities, options) =>
    probabilities.length === 2
      ? brierScore(positivesOf(actual), probabilities[1]!, options)
      : multiclassBrierScore(actual, probabilities, options),
  averagePrecision: (actual, probabilities, options) =>
    probabilities.length === 2
      ? averagePrecision(positivesOf(actual), probabilities[1]!, options)
      : multiclassAveragePrecision(actual, probabilities, options),
  top3Accuracy: (actual, probabilities, options) => topKAccuracy(actual, probabilities, 3, options),
} as const satisfies Readonly<Record<string, OfScores>>;

const isOfScores = (name: string): name is keyof typeof OF_SCORES => name in OF_SCORES;

/** 1 for the second of two classes, else 0. */
function positivesOf(actual: ArrayLike<number>): Int32Array {
  const positives = new Int32Array(actual.length);
  for (let row = 0; row < positives.length; row++) positives[row] = Number(actual[row] === 1);
  return positives;
}

function aucOf(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions,
): number {
  if (probabilities.length !== 2) return multiclassRocAuc(actual, probabilities, options);
  return rocAuc(positivesOf(actual), probabilities[1]!, options);
}

/** The class with the greatest probability; the first one on a tie. */
export function predictedClasses(probabilities: readonly Float64Array[]): Int32Array {
  const rows = probabilities[0]?.length ?? 0;
  const best = new Int32Array(rows);
  for (let c = 1; c < probabilities.length; c++) {
    const column = probabilities[c]!;
    for (let row = 0; row < rows; row++) if (column[row]! > probabilities[best[row]!]![row]!) best[row] = c;
  }
  return best;
}
