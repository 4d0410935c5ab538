import { rowWeights, type WeightOptions } from './sample-weight';

/**
 * Share of the pairs of a positive and another row that the scores put right, ties by half. NaN with one class only, or
 * when a score is NaN.
 * @param scores larger means more likely positive @param positives 1 for positive, 0 otherwise
 * @throws RangeError for weights that do not fit
 */
export function rocAuc(
  positives: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: WeightOptions = {},
): number {
  const rows = scores.length;
  const weights = rowWeights(rows, options);
  if (weights !== undefined) return weightedRocAuc(positives, scores, weights);
  let count = 0;
  for (let row = 0; row < rows; row++) if (positives[row] === 1) count++;
  // Sorted apart and merged: native sorting of numbers takes a tenth of the time of sorting row numbers.
  const ours = new Float64Array(count);
  const others = new Float64Array(rows - count);
  for (let row = 0, i = 0, j = 0; row < rows; row++) {
    if (positives[row] === 1) ours[i++] = scores[row]!;
    else others[j++] = scores[row]!;
  }
  ours.sort();
  others.sort();
  if (ours.length === 0 || others.length === 0) return Number.NaN;
  if (Number.isNaN(ours.at(-1)) || Number.isNaN(others.at(-1))) return Number.NaN;
  let below = 0;
  let upTo = 0;
  let halves = 0;
  for (const score of ours) {
    while (below < others.length && others[below]! < score) below++;
    while (upTo < others.length && others[upTo]! <= score) upTo++;
    halves += below + upTo;
  }
  return halves / 2 / (ours.length * others.length);
}

/** A pair counts by the product of its weights. */
function weightedRocAuc(
  positives: ArrayLike<number>,
  scores: ArrayLike<number>,
  weights: Float64Array,
): number {
  const order = Array.from({ length: scores.length }, (_, row) => row)
    .filter((row) => weights[row]! > 0)
    .sort((a, b) => scores[a]! - scores[b]!);
  if (order.some((row) => Number.isNaN(scores[row]))) return Number.NaN;
  let ours = 0;
  let others = 0;
  let right = 0;
  for (let i = 0; i < order.length;) {
    let tiedOurs = 0;
    let tiedOthers = 0;
    const score = scores[order[i]!];
    for (; i < order.length && scores[order[i]!] === score; i++) {
      const row = order[i]!;
      if (positives[row] === 1) tiedOurs += weights[row]!;
      else tiedOthers += weights[row]!;
    }
    right += tiedOurs * (others + tiedOthers / 2);
    ours += tiedOurs;
    others += tiedOthers;
  }
  return right / (ours * others);
}
