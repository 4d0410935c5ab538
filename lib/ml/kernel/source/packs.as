/**
 * Histograms of four features at a time, a pack: a row's four bins are one word, so that what they have in common (where
 * the row is, its gradient) is looked up once. Cells and counts of a bin lie together for the four: 64 bytes of [g, h] of
 * float64, 16 bytes of counts.
 *
 * Two packs are a chunk, whose words of a row lie together: fetching a row from the memory serves both. (With four packs,
 * dividing the rows by one feature would read too much memory.)
 */

/**
 * Adds up rows.
 * @param words of the rows, `step` bytes apart @param gradients [g, h] of the same rows
 */
export function fillPack(
  cells: usize,
  counts: usize,
  words: usize,
  step: usize,
  count: i32,
  gradients: usize,
): void {
  const end = gradients + (<usize>count << 4);
  for (; gradients < end; gradients += 16, words += step) {
    const word = load<u32>(words);
    const gradient = v128.load(gradients);
    const a = (word << 6) & 0x3fc0;
    const b = (word >> 2) & 0x3fc0;
    const c = (word >> 10) & 0x3fc0;
    const d = (word >> 18) & 0x3fc0;
    addCell(cells + a, gradient, 0);
    addCell(cells + b, gradient, 16);
    addCell(cells + c, gradient, 32);
    addCell(cells + d, gradient, 48);
    addOne(counts + (a >> 2), 0);
    addOne(counts + (b >> 2), 4);
    addOne(counts + (c >> 2), 8);
    addOne(counts + (d >> 2), 12);
  }
}

/** `fillPack` without the counts. */
export function fillCells(cells: usize, words: usize, step: usize, count: i32, gradients: usize): void {
  const end = gradients + (<usize>count << 4);
  for (; gradients < end; gradients += 16, words += step) {
    const word = load<u32>(words);
    const gradient = v128.load(gradients);
    addCell(cells + ((word << 6) & 0x3fc0), gradient, 0);
    addCell(cells + ((word >> 2) & 0x3fc0), gradient, 16);
    addCell(cells + ((word >> 10) & 0x3fc0), gradient, 32);
    addCell(cells + ((word >> 18) & 0x3fc0), gradient, 48);
  }
}

/** The counts alone. */
export function countPack(counts: usize, words: usize, step: usize, count: i32): void {
  const end = words + <usize>count * step;
  for (; words < end; words += step) {
    const word = load<u32>(words);
    addOne(counts + ((word << 4) & 0xff0), 0);
    addOne(counts + ((word >> 4) & 0xff0), 4);
    addOne(counts + ((word >> 12) & 0xff0), 8);
    addOne(counts + ((word >> 20) & 0xff0), 12);
  }
}

/**
 * Copies the words of some rows of a chunk one behind the other. (A loop as short as this one has many rows on their way
 * from the memory at a time.)
 * @param step bytes of a row: 4 or 8
 */
export function gatherWords(target: usize, words: usize, step: usize, rows: usize, count: i32): void {
  const end = rows + (<usize>count << 2);
  if (step === 8)
    for (; rows < end; rows += 4, target += 8)
      store<u64>(target, load<u64>(words + (<usize>load<u32>(rows) << 3)));
  else
    for (; rows < end; rows += 4, target += 4)
      store<u32>(target, load<u32>(words + (<usize>load<u32>(rows) << 2)));
}

/** Takes a histogram's cells from another's. @param bins of the pack's widest feature */
export function subtractCells(cells: usize, from: usize, bins: i32): void {
  const end = cells + (<usize>bins << 6);
  for (; cells < end; cells += 16, from += 16)
    v128.store(cells, f64x2.sub(v128.load(cells), v128.load(from)));
}

/** Takes a histogram's counts from another's. */
export function subtractCounts(counts: usize, from: usize, bins: i32): void {
  const end = counts + (<usize>bins << 4);
  for (; counts < end; counts += 16, from += 16)
    v128.store(counts, i32x4.sub(v128.load(counts), v128.load(from)));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addCell(cell: usize, gradient: v128, offset: usize): void {
  v128.store(cell + offset, f64x2.add(v128.load(cell + offset), gradient));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function addOne(count: usize, offset: usize): void {
  store<u32>(count + offset, load<u32>(count + offset) + 1);
}
