/** Sums of a column's values, and of the squares of what they are off their means, for each class and for all rows. */

/**
 * @param labels int32 of each row @param weights float64 of each row, or 0 for none
 * @param sums float64 of each class, then of all rows, whatever their weights: they are added to
 */
export function addClassSums(
  values: usize,
  count: i32,
  labels: usize,
  weights: usize,
  classes: i32,
  sums: usize,
): void {
  const last = sums + (<usize>classes << 3);
  let all = load<f64>(last);
  const end = values + (<usize>count << 3);
  for (; values < end; values += 8, labels += 4) {
    let value = load<f64>(values);
    all += value;
    if (weights !== 0) {
      value *= load<f64>(weights);
      weights += 8;
    }
    const at = sums + (<usize>load<i32>(labels) << 3);
    store<f64>(at, load<f64>(at) + value);
  }
  store<f64>(last, all);
}

/** As `addClassSums`, of squares. @param means of each class, then of all rows */
export function addClassSquares(
  values: usize,
  count: i32,
  labels: usize,
  weights: usize,
  classes: i32,
  means: usize,
  sums: usize,
): void {
  const last = <usize>classes << 3;
  const mean = load<f64>(means + last);
  let all = load<f64>(sums + last);
  const end = values + (<usize>count << 3);
  for (; values < end; values += 8, labels += 4) {
    const value = load<f64>(values);
    const off = value - mean;
    all += off * off;
    const at = <usize>load<i32>(labels) << 3;
    const gap = value - load<f64>(means + at);
    let square = gap * gap;
    if (weights !== 0) {
      square *= load<f64>(weights);
      weights += 8;
    }
    store<f64>(sums + at, load<f64>(sums + at) + square);
  }
  store<f64>(sums + last, all);
}
