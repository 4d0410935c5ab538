import type { Diagnostic } from '../diagnostic';
import type { PipelineModel } from '../pipeline';
import type { TaskNode } from '../task-node';

export type AddError = (code: string, message: string, hint: string) => void;

/** What is wrong with one task, each with the line that it is written in. */
export function errorsOf(
  model: PipelineModel,
  task: TaskNode,
): { readonly found: Diagnostic[]; readonly add: AddError } {
  const found: Diagnostic[] = [];
  const place = task.place === undefined ? '' : ` (${task.place})`;
  const path = `${model.id} / ${task.id}`;
  const add: AddError = (code, message, hint) => {
    found.push({ code, severity: 'error', path, message: `${message}${place}`, hint });
  };
  return { found, add };
}
