/** How well scores order the rows: curves, average precision, ROC AUC of several classes. scikit-learn's meaning. */
import { rocAuc } from './roc-auc';
import { rowWeights, weightedMean, type WeightOptions } from './sample-weight';

/** A cut of the scores: rows with at least `threshold` count as positive. Thresholds descend; rows count by their weights. */
export interface RankingPoint {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** One point per different score. @param positives 1 for positive, 0 otherwise @throws RangeError for weights that do not fit */
export function rankingPoints(
  positives: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): RankingPoint[] {
  const weights = rowWeights(scores.length, options);
  const all = Array.from({ length: scores.length }, (_, i) => i);
  const order = (weights === undefined ? all : all.filter((row) => weights[row]! > 0)).sort(
    (a, b) => scores[b]! - scores[a]!,
  );
  const points: RankingPoint[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  order.forEach((row, i) => {
    if (positives[row] === 1) truePositives += weights?.[row] ?? 1;
    else falsePositives += weights?.[row] ?? 1;
    const next = order[i + 1];
    if (next === undefined || scores[next] !== scores[row])
      points.push({ threshold: scores[row]!, truePositives, falsePositives });
  });
  return points;
}

/** False and true positive rates from (0, 0) to (1, 1). NaN with one class only. */
export function rocCurve(
  positives: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): { readonly fpr: number; readonly tpr: number; readonly threshold: number }[] {
  const points = rankingPoints(positives, scores, options);
  const last = points.at(-1);
  return [{ threshold: Number.POSITIVE_INFINITY, truePositives: 0, falsePositives: 0 }, ...points].map(
    ({ threshold, truePositives, falsePositives }) => ({
      threshold,
      fpr: falsePositives / (last?.falsePositives ?? 0),
      tpr: truePositives / (last?.truePositives ?? 0),
    }),
  );
}

/** Precision and recall at each different score, recall ascending. */
export function precisionRecallCurve(
  positives: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): { readonly precision: number; readonly recall: number; readonly threshold: number }[] {
  const points = rankingPoints(positives, scores, options);
  const all = points.at(-1)?.truePositives ?? 0;
  return points.map(({ threshold, truePositives, falsePositives }) => ({
    threshold,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / all,
  }));
}

/** Σ (recallₙ − recallₙ₋₁) · precisionₙ, without interpolation. NaN without a positive row. */
export function averagePrecision(
  positives: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): number {
  let before = 0;
  let sum = 0;
  for (const { precision, recall } of precisionRecallCurve(positives, scores, options)) {
    sum += (recall - before) * precision;
    before = recall;
  }
  return scores.length === 0 ? Number.NaN : sum;
}

export interface MulticlassAuc extends WeightOptions {
  /** One class against the rest, or each pair of classes (D. Hand and R. Till, Machine Learning 45, 2001). @default 'ovr' */
  readonly multiClass?: 'ovr' | 'ovo';
  /** 'weighted': by the rows of the class, or of the pair, which count by their weights. @default 'macro' */
  readonly average?: 'macro' | 'weighted';
}

/** @param actual class numbers @param probabilities one array of rows per class; NaN when a class has no row */
export function multiclassRocAuc(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: MulticlassAuc = {},
): number {
  const labels = Array.from(actual);
  const weights = rowWeights(labels.length, options);
  const weigh = (rows: readonly number[]) =>
    weights === undefined ? {} : { sampleWeight: rows.map((row) => weights[row]!) };
  const sum = (rows: readonly number[]) => rows.reduce((total, row) => total + (weights?.[row] ?? 1), 0);
  const terms: { auc: number; weight: number }[] = [];
  if (options.multiClass === 'ovo')
    probabilities.forEach((ofA, a) => {
      probabilities.slice(a + 1).forEach((ofB, offset) => {
        const b = a + 1 + offset;
        const rows = labels.flatMap((label, row) => (label === a || label === b ? [row] : []));
        const one = (positive: number, scores: Float64Array) =>
          rocAuc(
            rows.map((row) => Number(labels[row] === positive)),
            rows.map((row) => scores[row]!),
            weigh(rows),
          );
        terms.push({ auc: (one(a, ofA) + one(b, ofB)) / 2, weight: sum(rows) });
      });
    });
  else
    probabilities.forEach((scores, c) => {
      const positives = labels.map((label) => Number(label === c));
      const own = labels.flatMap((label, row) => (label === c ? [row] : []));
      terms.push({ auc: rocAuc(positives, scores, { sampleWeight: weights }), weight: sum(own) });
    });
  const weightOf = (term: { weight: number }) => (options.average === 'weighted' ? term.weight : 1);
  return (
    terms.reduce((sum, term) => sum + term.auc * weightOf(term), 0) /
    terms.reduce((sum, term) => sum + weightOf(term), 0)
  );
}

/** Mean of the average precisions of each class against the rest (scikit-learn's 'macro'). NaN when a class has no row. */
export function multiclassAveragePrecision(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  options: WeightOptions = {},
): number {
  const each = probabilities.map((scores, c) =>
    averagePrecision(
      Array.from(actual, (label) => Number(label === c)),
      scores,
      options,
    ),
  );
  return each.reduce((sum, value) => sum + value, 0) / each.length;
}

/**
 * Share of rows whose class is among the `k` with the greatest probabilities. On a tie the class with the greater number
 * comes first, as in scikit-learn's `top_k_accuracy_score`.
 */
export function topKAccuracy(
  actual: ArrayLike<number>,
  probabilities: readonly Float64Array[],
  k: number,
  options: WeightOptions = {},
): number {
  return weightedMean(actual.length, options, (row) => {
    const label = actual[row]!;
    const own = probabilities[label]![row]!;
    let ahead = 0;
    probabilities.forEach((scores, c) => {
      if (scores[row]! > own || (scores[row] === own && c > label)) ahead++;
    });
    return Number(ahead < k);
  });
}
