/**
 * Ways to split a part of a graph that is not series-parallel in two halves that run side by side, those along the
 * fewest edges first: each edge that is cut becomes a gate. All ways up to `EXHAUSTIVE` tasks; above, a fixed family of
 * cuts and the minimum cut of Stoer and Wagner ("A simple min-cut algorithm", 1997). Deterministic.
 */
import type { Edge } from '../model/edges';

const EXHAUSTIVE = 14;
/** Stoer-Wagner takes cubic time. */
const MINIMUM_CUT = 60;

export interface Cut {
  /** The two halves, each in the order of `ids`. */
  readonly halves: readonly [readonly string[], readonly string[]];
  readonly across: readonly Edge[];
}

/** The best `limit` cuts: fewest edges across, then the most even, then the first. */
export function* cuts(ids: readonly string[], edges: readonly Edge[], limit: number): Generator<Cut> {
  const index = new Map(ids.map((id, i) => [id, i]));
  const inner = edges.filter(({ from, to }) => index.has(from) && index.has(to));
  const pairs = inner.map(({ from, to }): [number, number] => [index.get(from) ?? 0, index.get(to) ?? 0]);
  const best = new Best(ids.length, pairs, limit);
  if (ids.length <= EXHAUSTIVE) {
    best.offerAll();
  } else {
    for (let alone = 0; alone < ids.length; alone++) best.offer((i) => i === alone);
    const prefix = new Set<number>();
    for (const next of topological(ids.length, pairs).slice(0, -1)) {
      prefix.add(next);
      best.offer((i) => prefix.has(i));
    }
    if (ids.length <= MINIMUM_CUT) {
      const side = minimumCut(ids.length, pairs);
      best.offer((i) => side[i] === true);
    }
  }
  for (const side of best.sides())
    yield {
      halves: [ids.filter((_, i) => side[i] !== true), ids.filter((_, i) => side[i] === true)],
      across: inner.filter((_, e) => side[pairs[e]?.[0] ?? 0] !== side[pairs[e]?.[1] ?? 0]),
    };
}

/** How many tasks a set has, as bits. */
const MEMBERS = new Uint8Array(2 ** EXHAUSTIVE);
for (let mask = 1; mask < MEMBERS.length; mask++) MEMBERS[mask] = (MEMBERS[mask & (mask - 1)] ?? 0) + 1;

type Second = (task: number) => boolean;

/** The best few splits, in order. */
class Best {
  private readonly kept: { readonly second: Second; readonly cost: number; readonly imbalance: number }[] =
    [];
  /** Of the last one, once there are as many as are wanted: what is no better need not be looked at. */
  private worstCost = Number.POSITIVE_INFINITY;
  private worstImbalance = Number.POSITIVE_INFINITY;

  constructor(
    private readonly size: number,
    private readonly pairs: readonly (readonly [number, number])[],
    private readonly limit: number,
  ) {}

  *sides(): Generator<readonly boolean[]> {
    for (const { second } of this.kept) yield Array.from({ length: this.size }, (_, i) => second(i));
  }

  /** All splits; the first task stays in the first half, so that each is met once. */
  offerAll(): void {
    const { size } = this;
    const neighbours = new Int32Array(size);
    for (const [a, b] of this.pairs) {
      neighbours[a] = (neighbours[a] ?? 0) | (1 << b);
      neighbours[b] = (neighbours[b] ?? 0) | (1 << a);
    }
    // Of each set of tasks, as bits: how many edges leave it. A set has one task more than one that was met before.
    const costs = new Uint16Array(2 ** size);
    for (let mask = 2; mask < costs.length; mask += 2) {
      const rest = mask & (mask - 1);
      const around = neighbours[31 - Math.clz32(mask ^ rest)] ?? 0;
      const cost = (costs[rest] ?? 0) + (MEMBERS[around] ?? 0) - 2 * (MEMBERS[around & rest] ?? 0);
      costs[mask] = cost;
      if (cost <= this.worstCost) this.keep(cost, MEMBERS[mask] ?? 0, (i) => (mask & (1 << i)) !== 0);
    }
  }

  offer(second: Second): void {
    let cost = 0;
    for (const [a, b] of this.pairs) if (second(a) !== second(b)) cost++;
    let count = 0;
    for (let i = 0; i < this.size; i++) if (second(i)) count++;
    this.keep(cost, count, second);
  }

  /** @param count tasks in the second half */
  private keep(cost: number, count: number, second: Second): void {
    const imbalance = Math.abs(2 * count - this.size);
    if (cost > this.worstCost || (cost === this.worstCost && imbalance >= this.worstImbalance)) return;
    const { kept } = this;
    let at = kept.length;
    for (let other = kept[at - 1]; other !== undefined; other = kept[--at - 1])
      if (other.cost < cost || (other.cost === cost && other.imbalance <= imbalance)) break;
    kept.splice(at, 0, { second, cost, imbalance });
    if (kept.length > this.limit) kept.pop();
    const worst = kept.at(-1);
    if (kept.length < this.limit || worst === undefined) return;
    this.worstCost = worst.cost;
    this.worstImbalance = worst.imbalance;
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
