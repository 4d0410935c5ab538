import type { TaskNode } from './task-node';
import type { Value } from './value';

/** The registered model that a monitoring task names with `watches`; `undefined` for other tasks, and for a name that only a run knows. */
export function watchedModel(task: TaskNode): string | undefined {
  if (task.kind !== 'task') return undefined;
  const watches = memberOf(task.input, 'watches');
  return typeof watches === 'string' ? watches : undefined;
}

function memberOf(input: Value, name: string): unknown {
  if (input.kind === 'literal') return (input.value as Readonly<Record<string, unknown>> | null)?.[name];
  const field = input.kind === 'object' ? input.fields[name] : undefined;
  return field?.kind === 'literal' ? field.value : undefined;
}
