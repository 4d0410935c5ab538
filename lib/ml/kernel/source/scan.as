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

/**
 * Looks for a better cut than `cut` holds and writes it there. Returns whether there is one.
 * @param counts 0 when the h of a cell is the count of its rows
 * @param step bytes from cell to cell; a fourth of them from count to count @param sums [g, h] of all rows
 */
export function scanBins(
  cells: usize,
  counts: usize,
  step: usize,
  width: i32,
  sums: v128,
  count: i32,
  minSamplesLeaf: i32,
  minHessian: f64,
  lambda: f64,
  cut: usize,
): bool {
  const g = f64x2.extract_lane(sums, 0);
  const h = f64x2.extract_lane(sums, 1);
  const whole = (g * g) / (h + lambda);
  const lambdas = f64x2.splat(lambda);
  const missingAt = <usize>width * step;
  const missingCount = countOf(cells, counts, missingAt);
  let best = load<f64>(cut);
  let better = false;
  const passes = missingCount > 0 ? 2 : 1;
  for (let pass = 0; pass < passes; pass++) {
    // First with the missing values on the right, where their bin lies, then on the left.
    let left = f64x2.splat(0);
    let leftCount = 0;
    if (pass === 1) {
      left = v128.load(cells + missingAt);
      leftCount = missingCount;
    }
    const bins = pass === 0 && missingCount > 0 ? width : width - 1;
    let at: usize = 0;
    for (let bin = 0; bin < bins; bin++, at += step) {
      const here = countOf(cells, counts, at);
      if (here === 0) continue;
      left = f64x2.add(left, v128.load(cells + at));
      leftCount += here;
      const right = f64x2.sub(sums, left);
      if (leftCount < minSamplesLeaf || f64x2.extract_lane(left, 1) < minHessian) continue;
      if (count - leftCount < minSamplesLeaf || f64x2.extract_lane(right, 1) < minHessian) break;
      // Both sides at once.
      const gs = v128.shuffle<f64>(left, right, 0, 2);
      const hs = v128.shuffle<f64>(left, right, 1, 3);
      const scores = f64x2.div(f64x2.mul(gs, gs), f64x2.add(hs, lambdas));
      const gain = f64x2.extract_lane(scores, 0) + f64x2.extract_lane(scores, 1) - whole;
      if (gain > best) {
        best = gain;
        better = true;
        store<f64>(cut, gain);
        v128.store(cut, left, 8);
        store<i32>(cut, bin, 24);
        store<i32>(cut, pass, 28);
      }
    }
  }
  return better;
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function countOf(cells: usize, counts: usize, at: usize): i32 {
  return counts === 0 ? <i32>load<f64>(cells + at, 8) : load<i32>(counts + (at >> 2));
}
