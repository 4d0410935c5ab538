import type { PipelineModel } from './pipeline';
import type { TaskNode } from './task-node';
import { walkValue, type Value } from './value';

export interface Edge {
  readonly from: string;
  readonly to: string;
  /** The choice of a branch this edge stands for. */
  readonly choice?: string;
}

/** The value a task is made of: its input or its condition. */
export function valueOf(task: TaskNode): Value | undefined {
  switch (task.kind) {
    case 'task':
      return task.input;
    case 'branch':
      return task.condition;
    case 'empty':
      return undefined;
  }
}

/** Upstream task ids: from references, from `.after()`, from the branch that chooses it. In order of first mention. */
export function upstreamOf(task: TaskNode): string[] {
  const ids = new Set<string>(task.after);
  const value = valueOf(task);
  if (value !== undefined) {
    for (const part of walkValue(value)) if (part.kind === 'output') ids.add(part.task);
  }
  if (task.chosenBy !== undefined) ids.add(task.chosenBy.branch);
  return [...ids];
}

export function edgesOf(model: PipelineModel): Edge[] {
  return model.tasks.flatMap((task) =>
    upstreamOf(task).map((from) =>
      task.chosenBy?.branch === from
        ? { from, to: task.id, choice: task.chosenBy.choice }
        : { from, to: task.id },
    ),
  );
}

/** Tasks without downstream tasks, in order of definition. */
export function leavesOf(model: PipelineModel): string[] {
  const upstream = new Set(model.tasks.flatMap(upstreamOf));
  return model.tasks.map((task) => task.id).filter((id) => !upstream.has(id));
}
