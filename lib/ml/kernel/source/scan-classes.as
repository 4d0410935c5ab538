/**
 * The best cut of one feature for several classes. A bin's cell holds the weight of each class; counts of rows lie
 * apart. The gain is the fall in impurity times weight: Gini, or entropy in bits.
 */

/** @param totals weight of each class in the node @param left,right room for as many numbers each */
export function scanClasses(
  cells: usize,
  counts: usize,
  width: i32,
  classes: i32,
  totals: usize,
  count: i32,
  minSamplesLeaf: i32,
  entropy: bool,
  left: usize,
  right: usize,
  cut: usize,
): bool {
  let sum: f64 = 0;
  for (let c = 0; c < classes; c++) sum += load<f64>(totals + (<usize>c << 3));
  const whole = purity(totals, classes, sum, entropy);
  const stride = <usize>classes << 3;
  const missingAt = cells + <usize>width * stride;
  const missingCount = load<i32>(counts + (<usize>width << 2));
  let best = load<f64>(cut);
  let better = false;
  const passes = missingCount > 0 ? 2 : 1;
  for (let pass = 0; pass < passes; pass++) {
    // First with the missing values on the right, where their bin lies, then on the left.
    let leftSum: f64 = 0;
    let leftCount = pass === 0 ? 0 : missingCount;
    for (let c = 0; c < classes; c++) {
      const weight = pass === 0 ? 0 : load<f64>(missingAt + (<usize>c << 3));
      store<f64>(left + (<usize>c << 3), weight);
      leftSum += weight;
    }
    const bins = pass === 0 && missingCount > 0 ? width : width - 1;
    for (let bin = 0; bin < bins; bin++) {
      const here = load<i32>(counts + (<usize>bin << 2));
      if (here === 0) continue;
      for (let c = 0; c < classes; c++) {
        const at = <usize>c << 3;
        const weight = load<f64>(cells + <usize>bin * stride + at);
        store<f64>(left + at, load<f64>(left + at) + weight);
        leftSum += weight;
      }
      leftCount += here;
      if (leftCount < minSamplesLeaf) continue;
      if (count - leftCount < minSamplesLeaf) break;
      for (let c = 0; c < classes; c++) {
        const at = <usize>c << 3;
        store<f64>(right + at, load<f64>(totals + at) - load<f64>(left + at));
      }
      const gain =
        purity(left, classes, leftSum, entropy) + purity(right, classes, sum - leftSum, entropy) - whole;
      if (gain > best) {
        best = gain;
        better = true;
        store<f64>(cut, gain);
        store<i32>(cut, bin, 24);
        store<i32>(cut, pass, 28);
      }
    }
  }
  return better;
}

/** Weight times (1 − Gini), less the weight; or times −entropy. */
function purity(weights: usize, classes: i32, sum: f64, entropy: bool): f64 {
  let total: f64 = 0;
  for (let c = 0; c < classes; c++) {
    const weight = load<f64>(weights + (<usize>c << 3));
    if (!entropy) total += weight * weight;
    else if (weight > 0) total += weight * Math.log2(weight / sum);
  }
  return entropy ? total : total / sum;
}
