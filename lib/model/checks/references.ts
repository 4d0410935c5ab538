import type { Diagnostic } from '../diagnostic';
import { upstreamOf, valueOf } from '../edges';
import type { JsonObject } from '../json';
import type { PipelineModel } from '../pipeline';
import { schemaAt } from '../schema-path';
import type { TaskNode } from '../task-node';
import { formatPath, walkValue } from '../value';

const RUN_FIELDS = new Set([
  'id',
  'pipeline',
  'trigger',
  'logicalDate',
  'dataIntervalStart',
  'dataIntervalEnd',
  'ds',
  'dsNodash',
  'startedAt',
]);

/** Everything that is referred to must exist: tasks, their outputs, params, fields of the run. */
export function checkReferences(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const tasks = new Map(model.tasks.map((task) => [task.id, task]));
  for (const task of model.tasks) {
    const path = `${model.id} / ${task.id}`;
    const add = (code: string, message: string, hint: string) =>
      found.push({
        code,
        severity: 'error',
        path,
        message: `${message}${task.place === undefined ? '' : ` (${task.place})`}`,
        hint,
      });
    for (const up of upstreamOf(task)) {
      if (!tasks.has(up))
        add(
          'MR120',
          `It waits for '${up}', which is no task of this pipeline.`,
          `Tasks here: ${[...tasks.keys()].join(', ')}.`,
        );
    }
    for (const value of walkValue(valueOf(task) ?? { kind: 'literal', value: null })) {
      if (value.kind === 'output') {
        const upstream = tasks.get(value.task);
        if (upstream === undefined || value.path.length === 0) continue;
        if (schemaAt(outputSchemaOf(upstream), value.path) === undefined) {
          add(
            'MR121',
            `'${value.task}' has no output '${formatPath(value.path)}'.`,
            `Outputs of '${value.task}': ${members(outputSchemaOf(upstream))}.`,
          );
        }
      }
      if (value.kind === 'param' && schemaAt(model.paramsSchema, value.path) === undefined) {
        add(
          'MR122',
          `There is no param '${formatPath(value.path)}'.`,
          `Params of the pipeline: ${members(model.paramsSchema)}.`,
        );
      }
      if (value.kind === 'run' && !RUN_FIELDS.has(value.field)) {
        add('MR123', `A run has no '${String(value.field)}'.`, `Use one of ${[...RUN_FIELDS].join(', ')}.`);
      }
    }
  }
  return found;
}

function outputSchemaOf(task: TaskNode): JsonObject {
  return task.kind === 'task' ? task.outputSchema : { type: 'string' };
}

function members(schema: JsonObject): string {
  const properties = schema['properties'];
  return typeof properties === 'object' && properties !== null
    ? Object.keys(properties).join(', ') || 'none'
    : 'none';
}
