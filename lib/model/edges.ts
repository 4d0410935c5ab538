import type { PipelineModel } from './pipeline';
import { isWork, type MapTask, type TaskNode } from './task-node';
import { walkValue, type Value } from './value';

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** The choice of a branch this edge stands for. */
  readonly choice?: string;
}

/** The value a task is made of: its input, its condition, or the list it goes over. */
export function valueOf(task: TaskNode): Value | undefined {
  switch (task.kind) {
    case 'task':
      return task.input;
    case 'branch':
    case 'short-circuit':
      return task.condition;
    case 'choose':
      return { kind: 'array', items: task.cases.map(({ condition }) => condition) };
    case 'map':
      return task.items;
    case 'wait':
      return task.time;
    case 'trigger':
      return { kind: 'array', items: [task.params, task.logicalDate] };
    case 'call':
      return task.arguments;
    case 'approval':
      return { kind: 'array', items: [task.prompt, task.details] };
    case 'container':
      return { kind: 'array', items: [task.input, task.arguments, task.environment] };
    case 'query':
      return { kind: 'array', items: [task.parameters, ...Object.values(task.target)] };
    case 'empty':
      return undefined;
  }
}

/** All values that have a task wait for others. */
export function valuesOf(task: TaskNode): Value[] {
  const key = isWork(task) ? task.partitionKey : undefined;
  return [valueOf(task), key].filter((value) => value !== undefined);
}

/** Upstream task ids: from references, from `.after()`, from the branch that chooses it. In order of first mention. */
export function upstreamOf(task: TaskNode): string[] {
  const ids = new Set<string>(task.after);
  for (const value of valuesOf(task))
    for (const part of walkValue(value)) if (part.kind === 'output') ids.add(part.task);
  if (task.kind === 'map') for (const id of capturedBy(task)) ids.add(id);
  if (task.chosenBy !== undefined) ids.add(task.chosenBy.branch);
  return [...ids];
}

/** Tasks outside of a map that what it does for an item refers to. */
export function capturedBy(map: MapTask): string[] {
  const inside = new Set(map.tasks.map((task) => task.id));
  const read = [...walkValue(map.result)].flatMap((part) => (part.kind === 'output' ? [part.task] : []));
  return [...new Set([...map.tasks.flatMap(upstreamOf), ...read])].filter((id) => !inside.has(id));
}

/** All tasks, each map followed by what it does for an item. */
export function withMapped(tasks: readonly TaskNode[]): TaskNode[] {
  return tasks.flatMap((task) => (task.kind === 'map' ? [task, ...withMapped(task.tasks)] : [task]));
}

export function edgesOf(model: Pick<PipelineModel, 'tasks'>): Edge[] {
  return model.tasks.flatMap((task) =>
    upstreamOf(task).map((from) =>
      task.chosenBy?.branch === from
        ? { from, to: task.id, choice: task.chosenBy.choice }
        : { from, to: task.id },
    ),
  );
}

/** Tasks without downstream tasks, in order of definition. */
export function leavesOf(model: Pick<PipelineModel, 'tasks'>): string[] {
  const upstream = new Set(model.tasks.flatMap(upstreamOf));
  return model.tasks.map((task) => task.id).filter((id) => !upstream.has(id));
}
