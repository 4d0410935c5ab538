/**
 * Share of the pairs of a positive and another row that the scores put right, ties by half. NaN with one class only, or
 * when a score is NaN.
 * @param scores larger means more likely positive @param positives 1 for positive, 0 otherwise
 */
export function rocAuc(positives: ArrayLike<number>, scores: ArrayLike<number>): number {
  const rows = scores.length;
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
