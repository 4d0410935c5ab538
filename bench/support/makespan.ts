/** When all tasks have ended, by a plan, by barriers between levels, and along the critical path. */
import type { GatedPlan, Plan } from '../../lib/compiler/plan';
import type { Edge } from '../../lib/model/edges';

type Lengths = ReadonlyMap<string, number>;

/** What the structure of the machine and its gates make of it: a part in series begins when the one before has ended. */
export function byPlan({ plan, gates }: GatedPlan, lengths: Lengths): number {
  const waits = new Map<string, string[]>();
  for (const { from, to } of gates) waits.set(to, [...(waits.get(to) ?? []), from]);
  const begin = new Map<string, () => number>();
  const known = new Map<string, number>();
  const endOf = (id: string): number => {
    const end =
      known.get(id) ??
      Math.max(begin.get(id)?.() ?? 0, ...(waits.get(id) ?? []).map(endOf)) + (lengths.get(id) ?? 0);
    known.set(id, end);
    return end;
  };
  const visit = (part: Plan, from: () => number): (() => number) => {
    if (part.kind === 'task') {
      begin.set(part.id, from);
      return () => endOf(part.id);
    }
    if (part.kind === 'series') return part.parts.reduce((before, next) => once(visit(next, before)), from);
    const ends = part.parts.map((one) => visit(one, from));
    return once(() => Math.max(...ends.map((end) => end())));
  };
  return visit(plan, () => 0)();
}

function once(value: () => number): () => number {
  let known: number | undefined;
  return () => (known ??= value());
}

/** @param ids in an order in which they can run */
export function byLevels(
  ids: readonly string[],
  edges: readonly Edge[],
  lengths: Lengths,
): { readonly barriers: number; readonly critical: number } {
  const level = new Map<string, number>();
  const ends = new Map<string, number>();
  const longest = new Map<number, number>();
  for (const id of ids) {
    const up = edges.filter((edge) => edge.to === id).map((edge) => edge.from);
    const length = lengths.get(id) ?? 0;
    const at = Math.max(0, ...up.map((from) => (level.get(from) ?? 0) + 1));
    level.set(id, at);
    ends.set(id, Math.max(0, ...up.map((from) => ends.get(from) ?? 0)) + length);
    longest.set(at, Math.max(longest.get(at) ?? 0, length));
  }
  return {
    barriers: [...longest.values()].reduce((sum, seconds) => sum + seconds, 0),
    critical: Math.max(...ends.values()),
  };
}
