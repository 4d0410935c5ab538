/** The histogram of one feature: cells [g, h] of float64, and counts of rows. */

/** Two rows at a time. `T` is the type of the bins. */
export function fill<T>(
  cells: usize,
  counts: usize,
  bins: usize,
  rows: usize,
  count: i32,
  gradients: usize,
): void {
  const end = rows + (<usize>(count & ~1) << 2);
  while (rows < end) {
    add(cells, counts, binOf<T>(bins, rows), v128.load(gradients));
    add(cells, counts, binOf<T>(bins, rows + 4), v128.load(gradients, 16));
    rows += 8;
    gradients += 32;
  }
  if ((count & 1) === 1) add(cells, counts, binOf<T>(bins, rows), v128.load(gradients));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function binOf<T>(bins: usize, row: usize): usize {
  return <usize>load<T>(bins + (<usize>load<u32>(row) << alignof<T>()));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function add(cells: usize, counts: usize, bin: usize, gradient: v128): void {
  const cell = cells + (bin << 4);
  v128.store(cell, f64x2.add(v128.load(cell), gradient));
  const count = counts + (bin << 2);
  store<u32>(count, load<u32>(count) + 1);
}
