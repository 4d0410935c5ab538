/**
 * Raw scores to probabilities: sigmoid for one score, softmax for several.
 * @param raw one array of rows per output @param result where they go @returns one array of rows per class
 */
export function probabilitiesOf(
  raw: readonly Float64Array[],
  result: Float64Array[] = Array.from(
    { length: Math.max(2, raw.length) },
    () => new Float64Array(raw[0]?.length ?? 0),
  ),
): Float64Array[] {
  const [first] = raw;
  if (first === undefined) return [];
  const rows = first.length;
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
    for (let c = 0; c < raw.length; c++) highest = Math.max(highest, raw[c]![row]!);
    let sum = 0;
    for (let c = 0; c < raw.length; c++) {
      const power = Math.exp(raw[c]![row]! - highest);
      result[c]![row] = power;
      sum += power;
    }
    for (let c = 0; c < raw.length; c++) result[c]![row]! /= sum;
  }
  return result;
}
