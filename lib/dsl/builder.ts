/** What is under construction while a pipeline's body runs. Builders outside of a body are refused. */
import type { RetryPolicy, TaskNode } from '../model/task-node';
import { callPlace } from './call-place';

export interface TaskDefaults {
  readonly retry: RetryPolicy;
  readonly timeoutSeconds?: number;
}

export class Builder {
  readonly tasks: TaskNode[] = [];
  readonly groups: string[] = [];
  /** The pipeline's tasks, and within the body of a map those of the map. */
  private lists: TaskNode[][] = [this.tasks];
  private groupPath: string[] = [];
  private choices: { branch: string; choice: string; inside: Set<string> }[] = [];

  constructor(readonly defaults: TaskDefaults) {}

  get group(): string | undefined {
    return this.groupPath.length === 0 ? undefined : this.groupPath.join('/');
  }

  qualify(id: string): string {
    return [...this.groupPath, id].join('/');
  }

  add(node: TaskNode, upstream: readonly string[]): void {
    const open = this.choices.at(-1);
    // The first tasks of a choice are those that wait for no other task of it.
    const chosen =
      open === undefined || upstream.some((id) => open.inside.has(id))
        ? node
        : { ...node, chosenBy: { branch: open.branch, choice: open.choice } };
    for (const choice of this.choices) choice.inside.add(node.id);
    this.lists.at(-1)?.push(Object.freeze(chosen));
  }

  /** Adds ordering to a task that exists already. */
  addAfter(id: string, upstream: readonly string[]): void {
    const list = this.lists.findLast((tasks) => tasks.some((task) => task.id === id)) ?? this.tasks;
    const index = list.findIndex((task) => task.id === id);
    const task = list[index];
    if (task === undefined) throw new Error(`There is no task '${id}' to order (${callPlace()}).`);
    const open = task.chosenBy;
    const inChoice =
      open !== undefined &&
      upstream.some((up) =>
        list.some(
          (other) =>
            other.id === up &&
            other.chosenBy?.branch === open.branch &&
            other.chosenBy.choice === open.choice,
        ),
      );
    const { chosenBy: _dropped, ...rest } = task;
    list[index] = Object.freeze({
      ...(inChoice ? rest : task),
      after: [...task.after, ...upstream],
    } as TaskNode);
  }

  inGroup<T>(id: string, body: () => T): T {
    this.groupPath.push(id);
    const path = this.groupPath.join('/');
    if (!this.groups.includes(path)) this.groups.push(path);
    try {
      return body();
    } finally {
      this.groupPath.pop();
    }
  }

  /** Collects what the body of a map makes; the choice of a branch concerns the map as a whole. */
  inMap<T>(id: string, body: () => T): { readonly tasks: readonly TaskNode[]; readonly made: T } {
    const { choices } = this;
    const tasks: TaskNode[] = [];
    this.choices = [];
    this.groupPath.push(id);
    this.lists.push(tasks);
    try {
      return { made: body(), tasks };
    } finally {
      this.lists.pop();
      this.groupPath.pop();
      this.choices = choices;
    }
  }

  inChoice<T>(branch: string, choice: string, body: () => T): T {
    this.choices.push({ branch, choice, inside: new Set() });
    try {
      return body();
    } finally {
      this.choices.pop();
    }
  }
}

let current: Builder | undefined;

export function withBuilder<T>(builder: Builder, body: () => T): T {
  if (current !== undefined)
    throw new Error(`A pipeline cannot be defined inside another one (${callPlace()}).`);
  current = builder;
  try {
    return body();
  } finally {
    current = undefined;
  }
}

export function currentBuilder(what: string): Builder {
  if (current === undefined) {
    throw new Error(`${what} belongs inside the body of pipeline(…) (${callPlace()}).`);
  }
  return current;
}
