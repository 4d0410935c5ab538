/**
 * All orders of a few tasks, each shape once: 1, 2, 5, 16, 63, 318, 2045 for 1 to 7 tasks (OEIS A000112). A graph of tasks
 * means the order that it spans, so that these are all graphs.
 */
import type { Edge } from '../../lib/model/edges';

/** For each task the tasks before it, as bits. Tasks are in an order in which they can run. */
type Order = readonly number[];

export const SHAPES = [1, 1, 2, 5, 16, 63, 318, 2045];

/** @param size at most 7 */
export function ordersOf(size: number): Order[] {
  let known: Order[] = [[]];
  for (let n = 0; n < size; n++) {
    const next = new Map<string, Order>();
    for (const order of known)
      for (let before = 0; before < 2 ** n; before++) {
        // What comes before a task brings what is before that.
        if (order.some((earlier, i) => (before & (1 << i)) !== 0 && (earlier & ~before) !== 0)) continue;
        const longer = [...order, before];
        const key = shapeOf(longer);
        if (!next.has(key)) next.set(key, longer);
      }
    known = [...next.values()];
  }
  if (known.length !== SHAPES[size]) throw new Error(`There are ${known.length} orders of ${size} tasks.`);
  return known;
}

/** The same for two orders if and only if they differ in names alone: the least of all their matrices. */
function shapeOf(order: Order): string {
  const size = order.length;
  const bits = (mask: number) => mask.toString(2).replaceAll('0', '').length;
  const after = order.map((_, i) => order.reduce((count, mask) => count + ((mask >> i) & 1), 0));
  // Tasks that differ in these numbers cannot stand for each other.
  const kind = order.map((mask, i) => bits(mask) * 100 + (after[i] ?? 0) * 10);
  const kinds = [...new Set(kind)].sort((a, b) => a - b);
  let least: string | undefined;
  const visit = (placed: readonly number[]): void => {
    if (placed.length === size) {
      const at = new Map(placed.map((task, i) => [task, i]));
      const matrix = placed
        .map((task) => {
          let mask = 0;
          for (let i = 0; i < size; i++)
            if (((order[task] ?? 0) & (1 << i)) !== 0) mask |= 1 << (at.get(i) ?? 0);
          return mask;
        })
        .join();
      if (least === undefined || matrix < least) least = matrix;
      return;
    }
    const now = kinds.find((one) => kind.some((k, task) => k === one && !placed.includes(task)));
    for (let task = 0; task < size; task++)
      if (kind[task] === now && !placed.includes(task)) visit([...placed, task]);
  };
  visit([]);
  return `${kind.toSorted((a, b) => a - b).join()}|${least ?? ''}`;
}

/** The edges of an order without those that follow from others, under names that a permutation gives. */
export function edgesOfOrder(order: Order, names: readonly string[]): Edge[] {
  return order.flatMap((before, to) =>
    order.flatMap((_, from) => {
      const between = order.some((mask, mid) => (before & (1 << mid)) !== 0 && (mask & (1 << from)) !== 0);
      return (before & (1 << from)) !== 0 && !between
        ? [{ from: names[from] ?? '', to: names[to] ?? '' }]
        : [];
    }),
  );
}
