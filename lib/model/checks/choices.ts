import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';

/** What is chosen from must be there, and have plain names. */
export function checkChoices(model: PipelineModel): Diagnostic[] {
  return withMapped(model.tasks).flatMap((task) => {
    if (task.kind !== 'choose') return [];
    const place = task.place === undefined ? '' : ` (${task.place})`;
    const faults: Diagnostic[] = task.cases
      .filter(({ choice }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(choice))
      .map(({ choice }) => ({
        code: 'MR191',
        severity: 'error',
        path: `${model.id} / ${task.id}`,
        message: `Its case '${choice}' is not lower-case words with hyphens${place}.`,
        hint: "Name cases like 'retrain'.",
      }));
    if (task.cases.length > 0) return faults;
    return [
      {
        code: 'MR190',
        severity: 'error',
        path: `${model.id} / ${task.id}`,
        message: `It has no case to choose${place}.`,
        hint: 'Give it at least one case with a condition.',
      },
    ];
  });
}
