/**
 * The best cut of one feature from its histogram: per bin a cell [g, h] of float64 and a count of rows. A side scores
 * g² / (h + lambda), the larger the better (T. Chen and C. Guestrin, "XGBoost", KDD 2016, eq. 7 without the half). With
 * g the sum of w·y and h that of w it is the fall in squared error, and for y of 0 and 1 half of the fall in Gini
 * impurity. The bin after the last holds the missing values.
 */

// Where a cut is written: gain, then sums of the left side; bin; whether missing values go left. 32 bytes.
export const CUT_BYTES: usize = 32;

export function clearCut(cut: usize, gain: f64): void {
  store<f64>(cut, gain);
  store<f64>(cut, 0, 8);
  store<f64>(cut, 0, 16);
  store<i32>(cut, -1, 24);
  store<i32>(cut, 0, 28);
}

/** Looks for a better cut than `cut` holds and writes it there. Returns whether there is one. */
export function scanBins(
  cells: usize,
  counts: usize,
  width: i32,
  g: f64,
  h: f64,
  count: i32,
  minSamplesLeaf: i32,
  minHessian: f64,
  lambda: f64,
  cut: usize,
): bool {
  const whole = (g * g) / (h + lambda);
  const missingCount = load<i32>(counts + (<usize>width << 2));
  let best = load<f64>(cut);
  let better = false;
  const passes = missingCount > 0 ? 2 : 1;
  for (let pass = 0; pass < passes; pass++) {
    // First with the missing values on the right, where their bin lies, then on the left.
    let leftG: f64 = 0;
    let leftH: f64 = 0;
    let leftCount = 0;
    if (pass === 1) {
      leftG = load<f64>(cells + (<usize>width << 4));
      leftH = load<f64>(cells + (<usize>width << 4), 8);
      leftCount = missingCount;
    }
    const bins = pass === 0 && missingCount > 0 ? width : width - 1;
    for (let bin = 0; bin < bins; bin++) {
      const here = load<i32>(counts + (<usize>bin << 2));
      if (here === 0) continue;
      leftG += load<f64>(cells + (<usize>bin << 4));
      leftH += load<f64>(cells + (<usize>bin << 4), 8);
      leftCount += here;
      const rightH = h - leftH;
      if (leftCount < minSamplesLeaf || leftH < minHessian) continue;
      if (count - leftCount < minSamplesLeaf || rightH < minHessian) break;
      const rightG = g - leftG;
      const gain = (leftG * leftG) / (leftH + lambda) + (rightG * rightG) / (rightH + lambda) - whole;
      if (gain > best) {
        best = gain;
        better = true;
        store<f64>(cut, gain);
        store<f64>(cut, leftG, 8);
        store<f64>(cut, leftH, 16);
        store<i32>(cut, bin, 24);
        store<i32>(cut, pass, 28);
      }
    }
  }
  return better;
}
