/**
 * Jumps over units that share the fate of the one before them: they will not run, and their status is that of the first.
 *
 * A jump assigns the statuses of a few; where there are more, it leads into a row of Pass states that assign `CHUNK` or
 * more each. So the size of a long chain stays linear, and a short one needs no further state.
 */
import type { Assign } from './asl';
import type { CompileContext } from './compile-context';
import { wrap } from './jsonata';
import { stateNameOf, variableOf } from './names';
import { assignStatus, type Scope } from './scope';
import type { Unit } from './units';

const CHUNK = 10;

export interface Jump {
  readonly assign: Assign;
  readonly next: string;
}

/**
 * Index of the first unit after `i` that may not simply share the fate of unit `i`: one with a member that has another
 * trigger rule, that waits for something else, that a branch chooses, or that is part of a gate.
 */
export function absorbed(
  context: CompileContext,
  units: readonly Unit[],
  i: number,
  known: ReadonlySet<string>,
): number {
  let j = i + 1;
  if (units[i]?.members.some((id) => context.waitersOf(id).length > 0)) return j;
  const fated = new Set(units[i]?.members);
  for (; j < units.length; j++) {
    const members = units[j]?.members ?? [];
    for (const id of members) fated.add(id);
    const shares = members.every((id) => {
      const task = context.tasks.get(id);
      // What a branch that ran did not choose is skipped, whatever else failed.
      const chosen = task?.chosenBy === undefined || fated.has(task.chosenBy.branch);
      return (
        chosen &&
        task?.triggerRule === 'all_success' &&
        !context.gated(id) &&
        context.upstream(id).every((up) => fated.has(up) || known.has(up) || context.alwaysSucceeds(up))
      );
    });
    if (!shares) break;
  }
  return j;
}

/** The jumps of one scope. */
export class Skips {
  /** Members before each unit. */
  private readonly before: number[] = [];
  /** Where the row that begins with a state ends. */
  private readonly ends = new Map<string, number>();

  constructor(
    private readonly scope: Scope,
    private readonly units: readonly Unit[],
    private readonly entry: (unit: number) => string,
  ) {
    let sum = 0;
    for (const unit of units) {
      this.before.push(sum);
      sum += unit.members.length;
    }
  }

  /** Over the units after `i` and before `to`. */
  jump(i: number, to: number, status: string): Jump {
    const cut = this.membersBetween(i + 1, to).length <= 2 * CHUNK ? to : this.chunkEnd(i + 1, to);
    const skipped = this.membersBetween(i + 1, cut);
    return {
      assign: assignStatus(this.scope, skipped, status),
      next: cut === to ? this.entry(to) : this.row(cut, to),
    };
  }

  /** The row from a unit on; each state takes over the status of the unit before it. */
  private row(from: number, to: number): string {
    const members = this.units[from]?.members ?? [];
    const base = `${stateNameOf(members[0] ?? '').slice(0, 60)} … not run`;
    const name = this.ends.get(base) === undefined || this.ends.get(base) === to ? base : `${base} ${to}`;
    if (this.scope.states[name] !== undefined) return name;
    this.ends.set(name, to);
    const previous = this.units[from - 1]?.members.at(-1) ?? '';
    const end = this.chunkEnd(from, to);
    this.scope.states[name] = {
      Type: 'Pass',
      Comment: 'An upstream task did not succeed',
      Assign: assignStatus(
        this.scope,
        this.membersBetween(from, end),
        wrap(`$${variableOf(previous, this.scope.depth)}.status`),
      ),
      Output: {},
      Next: end === to ? this.entry(to) : this.row(end, to),
    };
    return name;
  }

  /** First unit of the next chunk: chunks begin at the same units wherever one jumps from. */
  private chunkEnd(from: number, to: number): number {
    const chunk = Math.floor((this.before[from] ?? 0) / CHUNK);
    let end = from + 1;
    while (end < to && Math.floor((this.before[end] ?? 0) / CHUNK) === chunk) end++;
    return end;
  }

  private membersBetween(from: number, to: number): string[] {
    return this.units.slice(from, to).flatMap((unit) => unit.members);
  }
}
