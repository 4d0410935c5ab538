/**
 * Writes the states of one scope (the machine itself, or a branch of a Parallel) from a plan.
 *
 * Invariants:
 * 1. Every path through a unit assigns the variable of each of its members, so that later expressions are total.
 * 2. `known` holds tasks that have certainly succeeded where control stands. A unit that can be reached by a jump
 *    (after a failure or a skip) starts again from what the scope knew at its beginning.
 * 3. A guard stands before a unit only if, given `known`, its trigger rule might not be met.
 * 4. A jump over units assigns the statuses of their members; only members with the default trigger rule, all of whose
 *    upstream tasks are jumped over or known, are jumped over.
 */
import { upstreamOf } from '../model/edges';
import type { Assign } from './asl';
import type { CompileContext } from './compile-context';
import { emitTask } from './emit-task';
import { expressionOf, wrap, type Lookup } from './jsonata';
import { stateNameOf, variableOf } from './names';
import type { Plan } from './plan';
import type { Scope } from './scope';
import { TRIGGER_RULES } from './trigger-rules';
import { membersOf, unitsOf, type Unit } from './units';

export function emitScope(
  context: CompileContext,
  plan: Plan,
  scope: Scope,
  known: ReadonlySet<string>,
  exit: string,
): string {
  const units = unitsOf(plan, context.tasks);
  const fresh = new Set<number>();
  const entries = units.map((unit) => unitName(context, unit));
  const first: { name: string }[] = units.map((_, i) => ({ name: entries[i] ?? exit }));
  const after = (i: number): string => first[i]?.name ?? exit;
  for (const unit of units) for (const id of unit.members) scope.assignedAt.set(id, scope.depth);

  // Guards are decided forwards, as what is known flows forwards; names of entries must be settled before states are written.
  const plans: { unit: Unit; known: Set<string>; guard?: Guard }[] = [];
  let current = new Set(known);
  units.forEach((unit, i) => {
    if (fresh.has(i)) current = new Set(known);
    const guard = guardOf(context, unit, current);
    const here = new Set(current);
    if (guard !== undefined) {
      first[i] = { name: `${entries[i] ?? ''}?` };
      if (guard.strict) for (const id of guard.upstream) here.add(id);
      fresh.add(absorbed(context, units, i, new Set(here)));
    }
    plans.push({ unit, known: here, ...(guard === undefined ? {} : { guard }) });
    current = new Set(here);
    if (unit.kind !== 'parallel') current.add(unit.id);
    if (unit.kind === 'task' && context.canFail(unit.id)) fresh.add(absorbed(context, units, i, here));
  });

  plans.forEach(({ unit, known: here, guard }, i) => {
    const lookup = lookupIn(context, scope, here);
    const skipTo = absorbed(context, units, i, here);
    const doomed = units.slice(i + 1, skipTo).flatMap((later) => later.members);
    if (guard !== undefined) {
      const statuses = `[${guard.upstream.map((id) => `$${variable(scope, id)}.status`).join(', ')}]`;
      const status = wrap(`($s := ${statuses}; ${guard.otherwise})`);
      scope.states[`${entries[i] ?? ''}?`] = {
        Type: 'Choice',
        Choices: [{ Condition: wrap(guard.condition(scope)), Next: entries[i] ?? exit }],
        Default: after(skipTo),
        Assign: assignStatus(scope, [...unit.members, ...doomed], status),
      };
    }
    switch (unit.kind) {
      case 'task': {
        const task = context.tasks.get(unit.id);
        if (task === undefined) throw new Error(`Invariant: no task ${unit.id}.`);
        emitTask(context, task, scope, lookup, {
          next: after(i + 1),
          onFailure: after(skipTo),
          failedAssign: assignStatus(scope, doomed, 'upstream_failed'),
          variable: variableOf(unit.id, scope.depth),
        });
        return;
      }
      case 'parallel':
        emitParallel(context, unit, scope, here, entries[i] ?? exit, after(i + 1));
        return;
      case 'branch':
        emitBranch(context, unit, scope, here, lookup, after(i + 1));
    }
  });
  return after(0);
}

interface Guard {
  readonly upstream: readonly string[];
  /** True when passing the guard means that every upstream task succeeded. */
  readonly strict: boolean;
  readonly condition: (scope: Scope) => string;
  readonly otherwise: string;
}

function guardOf(context: CompileContext, unit: Unit, known: ReadonlySet<string>): Guard | undefined {
  const members = new Set(unit.members);
  const heads =
    unit.kind === 'parallel'
      ? unit.parts.flatMap(membersOf).filter((id) => context.upstream(id).some((up) => !members.has(up)))
      : [unit.id];
  const guards = heads.map((id) => taskGuard(context, id, known)).filter((guard) => guard !== undefined);
  const [one] = guards;
  if (one === undefined) return undefined;
  if (unit.kind !== 'parallel') return one;
  // A parallel part is guarded as a whole only if all that begins in it asks the same question.
  const same =
    guards.length === heads.length &&
    guards.every((guard) => guard.strict && guard.upstream.join() === one.upstream.join());
  return same && unit.members.every((id) => context.tasks.get(id)?.triggerRule === 'all_success')
    ? one
    : undefined;
}

function taskGuard(context: CompileContext, id: string, known: ReadonlySet<string>): Guard | undefined {
  const task = context.tasks.get(id);
  if (task === undefined) return undefined;
  const rule = TRIGGER_RULES[task.triggerRule];
  const upstream = upstreamOf(task);
  const open = upstream.filter((up) => !known.has(up) && !context.alwaysSucceeds(up));
  const chosen = task.chosenBy;
  const strict = task.triggerRule === 'all_success';
  if (
    chosen === undefined &&
    (strict ? open.length === 0 : upstream.length === 0 || rule.expression === 'true')
  )
    return undefined;
  const asked = strict ? open : upstream;
  const needsRule = strict ? open.length > 0 : rule.expression !== 'true';
  return {
    upstream: asked,
    strict,
    condition: (scope) => {
      const statuses = asked.map((up) => `$${variable(scope, up)}.status`);
      const ruleMet = strict
        ? statuses.map((status) => `${status} = 'success'`).join(' and ')
        : `($s := [${statuses.join(', ')}]; ${rule.expression})`;
      const picked =
        chosen === undefined
          ? ''
          : `$${variable(scope, chosen.branch)}.out = ${JSON.stringify(chosen.choice)}`;
      return [needsRule ? ruleMet : '', picked].filter((part) => part !== '').join(' and ');
    },
    otherwise: rule.otherwiseExpression,
  };
}

/** Index of the first unit after `i` that may not simply share the fate of unit `i`. */
function absorbed(
  context: CompileContext,
  units: readonly Unit[],
  i: number,
  known: ReadonlySet<string>,
): number {
  const covered = new Set([...known, ...(units[i]?.members ?? [])]);
  let j = i + 1;
  for (; j < units.length; j++) {
    const members = units[j]?.members ?? [];
    const inside = new Set([...covered, ...members]);
    const shares = members.every(
      (id) =>
        context.tasks.get(id)?.triggerRule === 'all_success' &&
        context.upstream(id).every((up) => inside.has(up) || context.alwaysSucceeds(up)),
    );
    if (!shares) break;
    for (const id of members) covered.add(id);
  }
  return j;
}

function emitParallel(
  context: CompileContext,
  unit: Extract<Unit, { kind: 'parallel' }>,
  scope: Scope,
  known: ReadonlySet<string>,
  name: string,
  next: string,
): void {
  const assign: Record<string, string> = {};
  const branches = unit.parts.map((part, index) => {
    const members = membersOf(part);
    const inner: Scope = { depth: scope.depth + 1, states: {}, assignedAt: new Map(scope.assignedAt) };
    const end = `${stateNameOf(members[0] ?? '')} ended`;
    const start = emitScope(context, part, inner, known, end);
    const inside = new Set(members);
    const output = members.map((id) => {
      const from = variableOf(id, inner.depth);
      assign[variableOf(id, scope.depth)] = wrap(`$states.result[${index}].${quote(id)}`);
      const read = context.readers(id).some((reader) => !inside.has(reader));
      return [id, read ? wrap(`$${from}`) : { status: wrap(`$${from}.status`) }] as const;
    });
    inner.states[end] = { Type: 'Succeed', Output: Object.fromEntries(output) };
    return { StartAt: start, States: inner.states };
  });
  scope.states[name] = { Type: 'Parallel', Branches: branches, Assign: assign, Output: {}, Next: next };
}

function emitBranch(
  context: CompileContext,
  unit: Extract<Unit, { kind: 'branch' }>,
  scope: Scope,
  known: ReadonlySet<string>,
  lookup: Lookup,
  next: string,
): void {
  const task = context.tasks.get(unit.id);
  if (task?.kind !== 'branch') throw new Error(`Invariant: ${unit.id} is no branch.`);
  const inArm = new Set([...known, unit.id]);
  const all = [...unit.arms.values()].flatMap(membersOf);
  const path = (choice: string): { next: string; assign: Assign } => {
    const arm = unit.arms.get(choice);
    const own = new Set(arm === undefined ? [] : membersOf(arm));
    return {
      next: arm === undefined ? next : emitScope(armContext(context, unit.id), arm, scope, inArm, next),
      assign: {
        [variableOf(unit.id, scope.depth)]: { status: 'success', out: choice },
        ...assignStatus(
          scope,
          all.filter((id) => !own.has(id)),
          'skipped',
        ),
      },
    };
  };
  for (const id of all) scope.assignedAt.set(id, scope.depth);
  const yes = path('yes');
  const no = path('no');
  scope.states[unitName(context, unit)] = {
    Type: 'Choice',
    ...(task.docs === undefined ? {} : { Comment: task.docs }),
    Choices: [{ Condition: wrap(expressionOf(task.condition, lookup)), Assign: yes.assign, Next: yes.next }],
    Default: no.next,
    Assign: no.assign,
  };
}

/** Inside an arm the choice has been made: nothing asks for it again. */
function armContext(context: CompileContext, branch: string): CompileContext {
  return context.withoutChoice(branch);
}

function unitName(context: CompileContext, unit: Unit): string {
  if (unit.kind !== 'parallel') return stateNameOf(unit.id);
  return context.parallelName(unit.members, unit.parts);
}

function assignStatus(scope: Scope, ids: readonly string[], status: string): Assign {
  return Object.fromEntries(ids.map((id) => [variableOf(id, scope.depth), { status, out: null }]));
}

function variable(scope: Scope, id: string): string {
  return variableOf(id, scope.assignedAt.get(id) ?? 0);
}

function lookupIn(context: CompileContext, scope: Scope, known: ReadonlySet<string>): Lookup {
  return (task) => ({
    variable: variable(scope, task),
    certain: known.has(task) || context.alwaysSucceeds(task),
  });
}

function quote(id: string): string {
  return `\`${id}\``;
}
