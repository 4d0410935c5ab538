/**
 * Writes the states of one scope (the machine itself, or a branch of a Parallel) from a plan.
 *
 * Invariants:
 * 1. Every path through a unit assigns the variable of each of its members, so that later expressions are total.
 * 2. `known` holds tasks that have certainly succeeded where control stands. A unit that can be reached by a jump
 *    (after a failure or a skip) starts again from what the scope knew at its beginning.
 * 3. A guard stands before a unit only if, given `known`, its trigger rule might not be met.
 * 4. A jump over units assigns the statuses of their members (skips.ts).
 * 5. A task that others wait for at a gate is marked on every path; one that waits is entered on every path.
 */
import type { TaskNode } from '../model/task-node';
import type { Assign } from './asl';
import type { CompileContext } from './compile-context';
import { askingName, emitApproval, tellsThatItAsks } from './emit-approval';
import { emitCall } from './emit-call';
import { emitJob } from './emit-job';
import { emitMap } from './emit-map';
import { emitPass, type Passing } from './emit-pass';
import { emitPool, isPooled, slotName } from './emit-pool';
import { emitQuery } from './emit-query';
import { emitTask, type TaskPath } from './emit-task';
import { emitTelling } from './emit-telling';
import { emitTrigger } from './emit-trigger';
import { emitWait } from './emit-wait';
import { foldEnd } from './fold';
import { emitAwaits, emitMark } from './gates';
import { isJob } from './jobs';
import { expressionOf, wrap, type Lookup } from './jsonata';
import { stateNameOf, variableOf } from './names';
import { membersOf, type Plan } from './plan';
import { assignStatus, variableIn, type Scope } from './scope';
import { absorbed, Skips, type Jump } from './skips';
import { TRIGGER_RULES } from './trigger-rules';
import { unitsOf, type Unit } from './units';

export function emitScope(
  context: CompileContext,
  plan: Plan,
  scope: Scope,
  known: ReadonlySet<string>,
  exit: string,
): string {
  const units = unitsOf(plan, {
    tasks: context.tasks,
    gated: (id) => context.gated(id),
    upstream: (id) => context.upstream(id),
    alwaysSucceeds: (id) => context.alwaysSucceeds(id),
  });
  const fresh = new Set<number>();
  const entries = units.map((unit) => unitName(context, unit));
  const enter = units.map((unit, i) => stateBefore(context, unit) ?? entries[i] ?? exit);
  const first = [...enter, exit];
  const after = (i: number): string => first[i] ?? exit;
  for (const unit of units) for (const id of unit.members) scope.assignedAt.set(id, scope.depth);
  const skips = new Skips(scope, units, after);

  // Guards are decided forwards, as what is known flows forwards; the last states are written first, as they name the
  // ones that follow.
  const plans: { unit: Unit; known: Set<string>; guard?: Guard & { readonly skipTo: number } }[] = [];
  let current = new Set(known);
  units.forEach((unit, i) => {
    if (fresh.has(i)) current = new Set(known);
    const guard = guardOf(context, unit, current);
    const here = new Set(current);
    if (guard === undefined) plans.push({ unit, known: here });
    else {
      if (guard.strict) for (const id of guard.upstream) here.add(id);
      // What is skipped for its upstream tasks shares their fate, and so does who waits for both. What is skipped for a
      // choice tells nothing about its upstream tasks.
      const skipTo = absorbed(context, units, i, guard.chosen ? current : here);
      fresh.add(skipTo);
      plans.push({ unit, known: here, guard: { ...guard, skipTo } });
    }
    current = new Set(here);
    if (unit.kind !== 'parallel' && context.succeededWhenLeft(unit.id)) current.add(unit.id);
    if (unit.kind === 'task' && context.canFail(unit.id)) fresh.add(absorbed(context, units, i, here));
  });

  plans.forEach(({ unit, guard }, i) => {
    if (guard !== undefined) first[i] = `${entries[i] ?? ''}?`;
    if (unit.kind === 'parallel') return;
    const awaited = context.awaitedBy(unit.id);
    if (awaited.length > 0) first[i] = emitAwaits(context, unit.id, awaited, scope, first[i] ?? exit);
  });

  for (const [i, { unit, known: here, guard }] of [...plans.entries()].toReversed()) {
    const lookup = lookupIn(context, scope, here);
    const marked = unit.kind !== 'parallel' && context.waitersOf(unit.id).length > 0;
    const next = marked ? emitMark(context, unit.id, scope, after(i + 1)) : after(i + 1);
    const jump = (to: number, status: string): Jump =>
      marked ? { assign: {}, next } : skips.jump(i, to, status);
    if (guard !== undefined) {
      const statuses = `[${guard.upstream.map((id) => `$${variableIn(scope, id)}.status`).join(', ')}]`;
      const status = wrap(`($s := ${statuses}; ${guard.otherwise(scope)})`);
      const over = jump(guard.skipTo, status);
      scope.states[`${entries[i] ?? ''}?`] = {
        Type: 'Choice',
        Choices: [{ Condition: wrap(guard.condition(scope)), Next: enter[i] ?? exit }],
        Default: over.next,
        Assign: { ...assignStatus(scope, unit.members, status), ...over.assign },
      };
    }
    switch (unit.kind) {
      case 'task': {
        const task = context.tasks.get(unit.id);
        if (task === undefined) throw new Error(`Invariant: no task ${unit.id}.`);
        const over = context.canFail(unit.id)
          ? jump(absorbed(context, units, i, here), 'upstream_failed')
          : { assign: {}, next };
        const path = {
          next,
          onFailure: over.next,
          failedAssign: over.assign,
          variable: variableOf(unit.id, scope.depth),
        };
        const told = emitTelling(context, task, scope, lookup, path);
        const own = isPooled(context, task) ? emitPool(context, task, scope, told) : told;
        emitterOf(task)(context, task, scope, { known: here, lookup, path: own });
        break;
      }
      case 'parallel':
        emitParallel(context, unit, scope, here, entries[i] ?? exit, next);
        break;
      case 'branch':
        emitBranch(context, unit, scope, here, lookup, next);
    }
  }
  return after(0);
}

/** Of a task that waits for slots, or tells people that it asks, before the state of its name. */
function stateBefore(context: CompileContext, unit: Unit): string | undefined {
  if (unit.kind !== 'task') return undefined;
  const task = context.tasks.get(unit.id);
  if (isPooled(context, task)) return slotName(unit.id);
  return tellsThatItAsks(context, task) ? askingName(unit.id) : undefined;
}

interface Surround {
  readonly known: ReadonlySet<string>;
  readonly lookup: Lookup;
  readonly path: TaskPath;
}

type Emitter<Task> = (context: CompileContext, task: Task, scope: Scope, around: Surround) => void;
type Kind = TaskNode['kind'];

const passes: Emitter<Passing> = (context, task, scope, { lookup, path }) =>
  emitPass(context, task, scope, lookup, path);

const EMITTERS: { readonly [K in Kind]: Emitter<Extract<TaskNode, { kind: K }>> } = {
  task: (context, task, scope, { lookup, path }) =>
    isJob(task) ? emitJob(context, task, scope, lookup, path) : emitTask(context, task, scope, lookup, path),
  map: (context, task, scope, { known, lookup, path }) =>
    emitMap(context, task, scope, known, lookup, path, emitScope),
  approval: (context, task, scope, { lookup, path }) => emitApproval(context, task, scope, lookup, path),
  trigger: (context, task, scope, { lookup, path }) => emitTrigger(context, task, scope, lookup, path),
  call: (context, task, scope, { lookup, path }) => emitCall(context, task, scope, lookup, path),
  wait: (context, task, scope, { lookup, path }) => emitWait(context, task, scope, lookup, path),
  container: (context, task, scope, { lookup, path }) => emitJob(context, task, scope, lookup, path),
  query: (context, task, scope, { lookup, path }) => emitQuery(context, task, scope, lookup, path),
  choose: passes,
  'short-circuit': passes,
  empty: passes,
  branch: () => {
    throw new Error('Invariant: a branch is a unit of its own.');
  },
};

function emitterOf(task: TaskNode): Emitter<TaskNode> {
  return EMITTERS[task.kind] as Emitter<TaskNode>;
}

interface Guard {
  readonly upstream: readonly string[];
  /** True when passing the guard means that every upstream task succeeded. */
  readonly strict: boolean;
  /** True when a branch has to choose it. */
  readonly chosen: boolean;
  readonly condition: (scope: Scope) => string;
  readonly otherwise: (scope: Scope) => string;
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
  // What has to be marked must be entered, also when it does not run.
  if (unit.members.some((id) => context.gated(id))) return undefined;
  // A parallel part is guarded as a whole only if all that begins in it asks the same question.
  const same =
    guards.length === heads.length &&
    guards.every((guard) => guard.strict && !guard.chosen && guard.upstream.join() === one.upstream.join());
  return same && unit.members.every((id) => context.tasks.get(id)?.triggerRule === 'all_success')
    ? one
    : undefined;
}

function taskGuard(context: CompileContext, id: string, known: ReadonlySet<string>): Guard | undefined {
  const task = context.tasks.get(id);
  if (task === undefined) return undefined;
  const rule = TRIGGER_RULES[task.triggerRule];
  const upstream = context.upstream(id);
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
    chosen: chosen !== undefined,
    condition: (scope) => {
      const statuses = asked.map((up) => `$${variableIn(scope, up)}.status`);
      const ruleMet = strict
        ? statuses.map((status) => `${status} = 'success'`).join(' and ')
        : `($s := [${statuses.join(', ')}]; ${rule.expression})`;
      if (chosen === undefined) return ruleMet;
      const branch = `$${variableIn(scope, chosen.branch)}`;
      const picked = pickedIn(context, branch, chosen);
      // A branch that was skipped itself chose nothing; the rule alone decides.
      const free = strict ? picked : `(${branch}.status != 'success' or ${picked})`;
      return needsRule ? `${ruleMet} and ${free}` : free;
    },
    otherwise: (scope) => {
      if (chosen === undefined) return rule.otherwiseExpression;
      const branch = `$${variableIn(scope, chosen.branch)}`;
      const passed = `${branch}.status = 'success' and $not(${pickedIn(context, branch, chosen)})`;
      return `${passed} ? 'skipped' : (${rule.otherwiseExpression})`;
    },
  };
}

/** Whether a branch has chosen a choice: a branch has one, a choice among cases a list. */
function pickedIn(
  context: CompileContext,
  variable: string,
  { branch, choice }: { readonly branch: string; readonly choice: string },
): string {
  return context.tasks.get(branch)?.kind === 'choose'
    ? `${JSON.stringify(choice)} in ${variable}.out`
    : `${variable}.out = ${JSON.stringify(choice)}`;
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
    const inner: Scope = {
      depth: scope.depth + 1,
      surroundings: scope.surroundings,
      states: {},
      assignedAt: new Map(scope.assignedAt),
    };
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
    foldEnd(inner.states, end);
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

function lookupIn(context: CompileContext, scope: Scope, known: ReadonlySet<string>): Lookup {
  const { run, each } = scope.surroundings;
  return {
    task: (id) => ({
      variable: variableIn(scope, id),
      certain: (known.has(id) || context.alwaysSucceeds(id)) && !context.mayLackValues(id),
    }),
    run,
    ...(each === undefined ? {} : { each }),
  };
}

function quote(id: string): string {
  return `\`${id}\``;
}
