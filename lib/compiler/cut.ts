/**
 * Splits a part of a graph that is not series-parallel in two halves that run side by side, along few edges: each edge
 * that is cut becomes a gate. Exhaustive up to `EXHAUSTIVE` tasks; above, the best of a fixed family of cuts and of the
 * minimum cut of Stoer and Wagner ("A simple min-cut algorithm", 1997). Deterministic.
 */
import type { Edge } from '../model/edges';

const EXHAUSTIVE = 14;
/** Stoer-Wagner takes cubic time. */
const MINIMUM_CUT = 60;

/** The two halves, each in the order of `ids`. */
export function cut(ids: readonly string[], edges: readonly Edge[]): [string[], string[]] {
  const index = new Map(ids.map((id, i) => [id, i]));
  const pairs = edges.flatMap(({ from, to }): [number, number][] => {
    const a = index.get(from);
    const b = index.get(to);
    return a === undefined || b === undefined ? [] : [[a, b]];
  });
  const best = new Best(ids.length, pairs);
  if (ids.length <= EXHAUSTIVE) {
    // The first task stays in the first half: each split is met once.
    for (let mask = 1; mask < 2 ** (ids.length - 1); mask++)
      best.offer(ids.map((_, i) => i > 0 && (mask & (1 << (i - 1))) !== 0));
  } else {
    for (let i = 0; i < ids.length; i++) best.offer(ids.map((_, j) => j === i));
    const sorted = topological(ids.length, pairs);
    for (let length = 1; length < ids.length; length++) {
      const prefix = new Set(sorted.slice(0, length));
      best.offer(ids.map((_, i) => prefix.has(i)));
    }
    if (ids.length <= MINIMUM_CUT) best.offer(minimumCut(ids.length, pairs));
  }
  const side = best.side;
  return [ids.filter((_, i) => side[i] !== true), ids.filter((_, i) => side[i] === true)];
}

/** Keeps the split with the fewest edges across, then the most even one, then the first. */
class Best {
  side: readonly boolean[] = [];
  private cost = Number.POSITIVE_INFINITY;
  private imbalance = Number.POSITIVE_INFINITY;

  constructor(
    private readonly size: number,
    private readonly pairs: readonly (readonly [number, number])[],
  ) {}

  offer(side: readonly boolean[]): void {
    let cost = 0;
    for (const [a, b] of this.pairs) if (side[a] !== side[b]) cost++;
    const imbalance = Math.abs(2 * side.filter(Boolean).length - this.size);
    if (cost > this.cost || (cost === this.cost && imbalance >= this.imbalance)) return;
    this.side = side;
    this.cost = cost;
    this.imbalance = imbalance;
  }
}

/** Kahn's order; of several tasks that could come next, the one that was defined first. */
function topological(size: number, pairs: readonly (readonly [number, number])[]): number[] {
  const waiting = Array.from({ length: size }, () => 0);
  for (const [, to] of pairs) waiting[to] = (waiting[to] ?? 0) + 1;
  const result: number[] = [];
  const taken = new Set<number>();
  while (result.length < size) {
    const next = waiting.findIndex((count, i) => count === 0 && !taken.has(i));
    if (next < 0) break;
    taken.add(next);
    result.push(next);
    for (const [from, to] of pairs) if (from === next) waiting[to] = (waiting[to] ?? 0) - 1;
  }
  return result;
}

function minimumCut(size: number, pairs: readonly (readonly [number, number])[]): boolean[] {
  const weight = Array.from({ length: size }, () => new Float64Array(size));
  const add = (a: number, b: number, w: number) => {
    const row = weight[a];
    if (row !== undefined) row[b] = (row[b] ?? 0) + w;
  };
  for (const [a, b] of pairs) {
    add(a, b, 1);
    add(b, a, 1);
  }
  const merged = Array.from({ length: size }, (_, i) => [i]);
  let active = Array.from({ length: size }, (_, i) => i);
  let least = Number.POSITIVE_INFINITY;
  let side: boolean[] = [];
  while (active.length > 1) {
    const tied = new Float64Array(size);
    const order: number[] = [];
    const rest = new Set(active);
    while (rest.size > 0) {
      let next = -1;
      for (const i of rest) if (next < 0 || (tied[i] ?? 0) > (tied[next] ?? 0)) next = i;
      rest.delete(next);
      order.push(next);
      for (const i of rest) tied[i] = (tied[i] ?? 0) + (weight[next]?.[i] ?? 0);
    }
    const last = order.at(-1) ?? 0;
    const before = order.at(-2) ?? 0;
    if ((tied[last] ?? 0) < least) {
      least = tied[last] ?? 0;
      const members = new Set(merged[last]);
      side = Array.from({ length: size }, (_, i) => members.has(i));
    }
    merged[before] = [...(merged[before] ?? []), ...(merged[last] ?? [])];
    for (const i of active) {
      const w = weight[last]?.[i] ?? 0;
      if (i === before || i === last) continue;
      add(before, i, w);
      add(i, before, w);
    }
    active = active.filter((i) => i !== last);
  }
  return side;
}
