import type { Diagnostic } from '../diagnostic';
import { withMapped } from '../edges';
import type { PipelineModel } from '../pipeline';
import { schemaAt } from '../schema-path';
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
  for (const { per, param = '' } of triggers) {
    if (per === 'key' && schemaAt(model.paramsSchema, [param]) === undefined)
      add(
        `${model.id} / triggers`,
        'MR243',
        `A trigger goes by partition key, but the pipeline has no param '${param}' that gets it.`,
        "Name one of its params: datasetUpdated(…, { per: 'key', param: 'region' }).",
      );
  }
  for (const task of withMapped(model.tasks)) {
    if (!isWork(task) || task.partitionKey === undefined) continue;
    const { partitionKey: key } = task;
    if ((task.outlets ?? []).length === 0)
      add(
        `${model.id} / ${task.id}`,
        'MR244',
        'It has a partition key, but updates no dataset.',
        'Name its outlets.',
      );
    if (key.kind === 'literal' && (typeof key.value !== 'string' || !/^.{1,256}$/su.test(key.value)))
      add(
        `${model.id} / ${task.id}`,
        'MR245',
        `${JSON.stringify(key.value).slice(0, 60)} is no partition key.`,
        'A key is a text of 1 to 256 characters.',
      );
  }
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
