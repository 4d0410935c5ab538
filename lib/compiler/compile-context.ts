import { createHash } from 'node:crypto';
import type { ReturnMode, TaskStatus } from '../model/envelope';
import { upstreamOf } from '../model/edges';
import type { PipelineModel } from '../model/pipeline';
import type { TaskNode } from '../model/task-node';
import { walkValue } from '../model/value';
import type { FunctionSpec } from './functions';
import type { Edge } from '../model/edges';
import { endsOf, succeededWhenLeft } from './ends';
import { stateNameOf } from './names';
import { membersOf, type Plan } from './plan';

/** Longest name that leaves room for a suffix within the 80 characters of a state's name. */
const MAX_NAME = 70;

/** Stands among the readers of an output for what the pipeline returns; no task has this id. */
const THE_END = '';

/** What the emitters look up while they write: facts about the whole pipeline, computed once. */
export class CompileContext {
  readonly tasks: ReadonlyMap<string, TaskNode>;
  private readonly upstreams: ReadonlyMap<string, readonly string[]>;
  private readonly awaited = new Map<string, string[]>();
  private readonly waiters = new Map<string, string[]>();
  private readonly readersOf = new Map<string, Set<string>>();
  private readonly functionOf = new Map<string, FunctionSpec>();

  constructor(
    readonly model: PipelineModel,
    functions: readonly FunctionSpec[],
    private readonly statuses: ReadonlyMap<string, ReadonlySet<TaskStatus>>,
    readonly returns: ReadonlyMap<string, Record<string, ReturnMode>>,
    private readonly gates: readonly Edge[],
    tasks: ReadonlyMap<string, TaskNode> = new Map(model.tasks.map((task) => [task.id, task])),
  ) {
    this.tasks = tasks;
    // What is outside of a map was waited for by the map itself.
    this.upstreams = new Map(
      [...tasks.values()].map((task) => [task.id, upstreamOf(task).filter((id) => tasks.has(id))]),
    );
    for (const [id, upstream] of this.upstreams) {
      for (const up of upstream) this.addReader(up, id);
    }
    if (model.result !== undefined)
      for (const part of walkValue(model.result))
        if (part.kind === 'output') this.addReader(part.task, THE_END);
    for (const spec of functions) for (const id of spec.tasks) this.functionOf.set(id, spec);
    this.functions = functions;
    for (const { from, to } of gates) {
      this.awaited.set(to, [...(this.awaited.get(to) ?? []), from]);
      this.waiters.set(from, [...(this.waiters.get(from) ?? []), to]);
    }
  }

  private readonly functions: readonly FunctionSpec[];

  /** The facts about what a map does for an item. */
  forItem(model: PipelineModel, statuses: ReadonlyMap<string, ReadonlySet<TaskStatus>>): CompileContext {
    return new CompileContext(model, this.functions, statuses, this.returns, []);
  }

  /** The same facts where the choice of a branch has been made already. */
  withoutChoice(branch: string): CompileContext {
    const tasks = new Map(
      [...this.tasks].map(([id, task]) => {
        if (task.chosenBy?.branch !== branch) return [id, task];
        const { chosenBy, ...rest } = task;
        return [id, { ...rest, after: [...rest.after, chosenBy.branch] }];
      }),
    );
    return new CompileContext(this.model, this.functions, this.statuses, this.returns, this.gates, tasks);
  }

  /** Upstream tasks in other branches that a task waits for at gates. */
  awaitedBy(id: string): readonly string[] {
    return this.awaited.get(id) ?? [];
  }

  /** Tasks in other branches that wait for a task at a gate. */
  waitersOf(id: string): readonly string[] {
    return this.waiters.get(id) ?? [];
  }

  gated(id: string): boolean {
    return this.awaited.has(id) || this.waiters.has(id);
  }

  /** `await profile`; with the waiter's name when several wait for the same. */
  awaitName(upstream: string, task: string): string {
    const name = `await ${stateNameOf(upstream)}`;
    const whole = this.waitersOf(upstream).length === 1 ? name : `${name} (${stateNameOf(task)})`;
    return whole.length <= MAX_NAME ? whole : `${whole.slice(0, MAX_NAME - 7)} ${shortHash(whole)}`;
  }

  upstream(id: string): readonly string[] {
    return this.upstreams.get(id) ?? [];
  }

  private addReader(of: string, reader: string): void {
    this.readersOf.set(of, (this.readersOf.get(of) ?? new Set()).add(reader));
  }

  /** Tasks that take a task's output or wait for it, and the end of the run, or of the item, when it returns the output. */
  readers(id: string): readonly string[] {
    return [...(this.readersOf.get(id) ?? [])];
  }

  functionFor(id: string): FunctionSpec {
    const spec = this.functionOf.get(id);
    if (spec === undefined) throw new Error(`Invariant: task ${id} has no function.`);
    return spec;
  }

  canFail(id: string): boolean {
    return this.model.failureMode === 'continue' && this.endsOf(id)?.catches === true;
  }

  private endsOf(id: string): ReturnType<typeof endsOf> | undefined {
    const task = this.tasks.get(id);
    return task === undefined ? undefined : endsOf(task);
  }

  /** Whether a task has certainly succeeded when its state is left the normal way. */
  succeededWhenLeft(id: string): boolean {
    const task = this.tasks.get(id);
    return task !== undefined && succeededWhenLeft(task, this.model.failureMode);
  }

  /** Whether a success of a task may lack what its schema names: a person who refuses fills in no form. */
  mayLackValues(id: string): boolean {
    return this.tasks.get(id)?.kind === 'approval';
  }

  alwaysSucceeds(id: string): boolean {
    const statuses = this.statuses.get(id);
    if (statuses === undefined) return false;
    return this.model.failureMode === 'failFast'
      ? !statuses.has('skipped')
      : statuses.size === 1 && statuses.has('success');
  }

  /** The group's name when the part is just that group, else the names of what begins in it. */
  parallelName(members: readonly string[], parts: readonly Plan[]): string {
    const groups = new Set(members.map((id) => this.tasks.get(id)?.group));
    const [group] = groups;
    if (groups.size === 1 && group !== undefined) return stateNameOf(group);
    const names = parts.map((part) => stateNameOf(membersOf(part)[0] ?? ''));
    const whole = names.join(' || ');
    return whole.length <= 76 ? whole : `${names[0]?.slice(0, 50) ?? ''} || ${names.length - 1} more`;
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}
