/** Sorting of 64-bit keys. */

/** Ascending: C. Hoare's quicksort, short stretches by insertion. All keys differ. */
export function sortKeys(keys: usize, count: i32): void {
  while (count > 40) {
    const first = load<u64>(keys);
    const middle = load<u64>(keys + (<usize>(count >> 1) << 3));
    const last = load<u64>(keys + (<usize>(count - 1) << 3));
    const pivot = max(min(first, middle), min(max(first, middle), last));
    let i = -1;
    let j = count;
    for (;;) {
      do i++;
      while (load<u64>(keys + (<usize>i << 3)) < pivot);
      do j--;
      while (load<u64>(keys + (<usize>j << 3)) > pivot);
      if (i >= j) break;
      const held = load<u64>(keys + (<usize>i << 3));
      store<u64>(keys + (<usize>i << 3), load<u64>(keys + (<usize>j << 3)));
      store<u64>(keys + (<usize>j << 3), held);
    }
    const size = j + 1;
    // The shorter side by a call, so that they never nest deep.
    if (size < count - size) {
      sortKeys(keys, size);
      keys += <usize>size << 3;
      count -= size;
    } else {
      sortKeys(keys + (<usize>size << 3), count - size);
      count = size;
    }
  }
  for (let i = 1; i < count; i++) {
    const key = load<u64>(keys + (<usize>i << 3));
    let at = keys + (<usize>i << 3);
    for (; at > keys && load<u64>(at - 8) > key; at -= 8) store<u64>(at, load<u64>(at - 8));
    store<u64>(at, key);
  }
}
