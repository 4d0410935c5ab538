import type { Diagnostic } from '../diagnostic';
import type { PipelineModel } from '../pipeline';
import { isWork, type TaskNode } from '../task-node';

/** Datasets have names that a rule can match, and no pipeline starts itself. */
export function checkDatasets(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const add = (path: string, code: string, message: string, hint: string) =>
    found.push({ code, severity: 'error', path, message, hint });
  const outlets = [...outletsOf(model.tasks)];
  const triggers = model.triggers.flatMap((trigger) => (trigger.kind === 'dataset' ? [trigger] : []));
  const named = [
    ...outlets.map(({ task, dataset }) => [`${model.id} / ${task}`, dataset] as const),
    ...triggers.flatMap(({ datasets }) =>
      datasets.map((dataset) => [`${model.id} / triggers`, dataset] as const),
    ),
  ];
  for (const [path, dataset] of named) {
    if (!NAME.test(dataset))
      add(
        path,
        'MR240',
        `'${dataset}' is no name of a dataset.`,
        "Letters, digits, dots, hyphens, underscores, colons and slashes: 'sales/orders'.",
      );
  }
  if (triggers.some(({ datasets }) => datasets.length === 0))
    add(`${model.id} / triggers`, 'MR241', 'A trigger waits for no dataset.', 'Name one or more datasets.');
  for (const { task, dataset } of outlets) {
    if (triggers.some(({ datasets }) => datasets.includes(dataset)))
      add(
        `${model.id} / ${task}`,
        'MR242',
        `It updates '${dataset}', which starts the pipeline again, without end.`,
        'Give what it makes a name of its own, or leave the dataset out of the triggers.',
      );
  }
  return found;
}

const NAME = /^[\w.:/-]{1,200}$/;

function* outletsOf(
  tasks: readonly TaskNode[],
): Generator<{ readonly task: string; readonly dataset: string }> {
  for (const task of tasks) {
    if (task.kind === 'map') yield* outletsOf(task.tasks);
    if (isWork(task)) for (const dataset of task.outlets ?? []) yield { task: task.id, dataset };
  }
}
