/**
 * The best cut of one feature for several classes. A bin holds the weight of each class, then the number of rows. The
 * gain is the fall in impurity times weight: Gini, or entropy in bits.
 */
import type { Cut } from './split-scan';

export function scanClasses(
  histogram: Float64Array,
  width: number,
  missing: boolean,
  totals: Float64Array,
  count: number,
  feature: number,
  options: { readonly minSamplesLeaf: number; readonly criterion: 'gini' | 'entropy' },
  best: Cut,
): void {
  const { minSamplesLeaf, criterion } = options;
  const classes = totals.length;
  const channels = classes + 1;
  const entropy = criterion === 'entropy';
  const left = new Float64Array(classes);
  const sum = totals.reduce((a, b) => a + b, 0);
  const whole = purity(totals, sum, entropy);
  const missingAt = width * channels;
  const missingCount = missing ? histogram[missingAt + classes]! : 0;
  const right = new Float64Array(classes);
  for (let pass = 0; pass < (missingCount > 0 ? 2 : 1); pass++) {
    let leftSum = 0;
    let leftCount = 0;
    for (let c = 0; c < classes; c++) {
      left[c] = pass === 0 ? 0 : histogram[missingAt + c]!;
      leftSum += left[c]!;
    }
    if (pass === 1) leftCount = missingCount;
    let found = -1;
    const bins = pass === 0 && missingCount > 0 ? width : width - 1;
    for (let bin = 0, at = 0; bin < bins; bin++, at += channels) {
      const here = histogram[at + classes]!;
      if (here === 0) continue;
      for (let c = 0; c < classes; c++) {
        left[c]! += histogram[at + c]!;
        leftSum += histogram[at + c]!;
      }
      leftCount += here;
      if (leftCount < minSamplesLeaf) continue;
      if (count - leftCount < minSamplesLeaf) break;
      for (let c = 0; c < classes; c++) right[c] = totals[c]! - left[c]!;
      const gain = purity(left, leftSum, entropy) + purity(right, sum - leftSum, entropy) - whole;
      if (gain > best.gain) {
        best.gain = gain;
        found = bin;
      }
    }
    if (found < 0) continue;
    best.feature = feature;
    best.bin = found;
    best.missingLeft = pass === 1;
    best.next = found + 1;
    while (best.next < width && histogram[best.next * channels + classes] === 0) best.next++;
  }
}

/** Weight times (1 − Gini), or times −entropy. */
function purity(weights: Float64Array, sum: number, entropy: boolean): number {
  let total = 0;
  if (entropy) {
    for (let c = 0; c < weights.length; c++)
      if (weights[c]! > 0) total += weights[c]! * Math.log2(weights[c]! / sum);
    return total;
  }
  for (let c = 0; c < weights.length; c++) total += weights[c]! * weights[c]!;
  return total / sum;
}
