/**
 * Raw scores to probabilities: sigmoid for one score, softmax for several.
 * @param raw one array of rows per output @returns one array of rows per class
 */
export function probabilitiesOf(raw: readonly Float64Array[]): Float64Array[] {
  const [first] = raw;
  if (first === undefined) return [];
  const rows = first.length;
  const result = Array.from({ length: Math.max(2, raw.length) }, () => new Float64Array(rows));
  if (raw.length === 1) {
    const [negative, positive] = result as [Float64Array, Float64Array];
    for (let row = 0; row < rows; row++) {
      const p = 1 / (1 + Math.exp(-first[row]!));
      positive[row] = p;
      negative[row] = 1 - p;
    }
    return result;
  }
  for (let row = 0; row < rows; row++) {
    let highest = Number.NEGATIVE_INFINITY;
    for (const scores of raw) highest = Math.max(highest, scores[row]!);
    let sum = 0;
    raw.forEach((scores, c) => (sum += result[c]![row] = Math.exp(scores[row]! - highest)));
    for (const column of result) column[row]! /= sum;
  }
  return result;
}
