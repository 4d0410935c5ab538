import type { TaskNode } from '../model/task-node';

/** What the console shows for a task: `train / random-forest`. */
export function stateNameOf(id: string): string {
  return id.split('/').join(' / ');
}

/**
 * Variable of a task's result in a scope. Inner scopes may not reuse a name of an outer one,
 * so the depth of the scope is part of the name: `forest` outside, `forest__1` in a branch. No id gives two underscores.
 */
export function variableOf(id: string, depth: number): string {
  const name = id.replace(/[^A-Za-z0-9]+/g, '_').replace(/^(\d)/, '_$1');
  return depth === 0 ? name : `${name}__${depth}`;
}

/** Substitution token of a function: `FnIngestCsv`. */
export function substitutionOf(key: string): string {
  return `Fn${key
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}`;
}

/** Substitution token of another pipeline's machine: `MachineSalesDaily`. */
export function machineSubstitutionOf(pipeline: string): string {
  return substitutionOf(pipeline).replace(/^Fn/, 'Machine');
}

/** Contract name, or for other kinds the kind; used in comments. */
export function summaryOf(task: TaskNode): string {
  return task.docs ?? (task.kind === 'task' ? task.contract : task.kind);
}
