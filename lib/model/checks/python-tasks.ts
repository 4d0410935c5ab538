import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import { errorsOf } from './errors-of';

/** Packages that have no counterpart in Python's runtime. */
export function checkPythonTasks(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    if (task.kind !== 'task') return [];
    const { found, add } = errorsOf(model, task);
    const { python } = task;
    if (python === undefined) {
      if (task.tracking !== undefined)
        add(
          'MR280',
          `It says tracking: '${task.tracking}', but its handler is no Python.`,
          'Leave it out: only MLflow clients in Python handlers can go on without the store.',
        );
      return found;
    }
    if (python.unchecked.length > 0)
      add(
        'MR281',
        `The contract ${task.contract} has what Python cannot check: ${python.unchecked.join('; ')}.`,
        'Say it in words that JSON Schema has (a pattern, a range, an enum), or check it in the handler.',
      );
    if (task.native.length > 0)
      add(
        'MR282',
        `The contract ${task.contract} asks for ${task.native.join(', ')}, which is for handlers in TypeScript.`,
        'Name the package in the requirements.txt beside handler.py instead.',
      );
    if (python.tracking !== undefined && !task.access.some(({ store }) => store === 'tracking'))
      add(
        'MR283',
        `It says tracking: '${python.tracking}', but its contract does not let it track.`,
        "Add { store: 'tracking', mode: 'write' } to the access of the contract.",
      );
    return found;
  });
}
