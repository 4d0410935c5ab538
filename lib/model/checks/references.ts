import type { Diagnostic } from '../diagnostic';
import { upstreamOf, valuesOf, withMapped } from '../edges';
import type { JsonObject } from '../json';
import type { PipelineModel } from '../pipeline';
import { Places } from '../place-of';
import { schemaAt } from '../schema-path';
import type { MapTask, TaskNode } from '../task-node';
import { formatPath, walkValue, type Value } from '../value';

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

/** Everything that is referred to must exist, and be in sight: tasks, their outputs, params, items of a map, fields of the run. */
export function checkReferences(model: PipelineModel): Diagnostic[] {
  const found: Diagnostic[] = [];
  const places = new Places(model);
  const mapOf = new Map(
    withMapped(model.tasks).flatMap((task) =>
      task.kind === 'map' ? task.tasks.map((inner) => [inner.id, task.id] as const) : [],
    ),
  );
  const visit = (tasks: readonly TaskNode[], outer: readonly TaskNode[], maps: readonly MapTask[]): void => {
    const inSight = new Map([...outer, ...tasks].map((task) => [task.id, task]));
    for (const task of tasks) {
      const path = `${model.id} / ${task.id}`;
      const add = (code: string, message: string, hint: string) =>
        found.push({
          code,
          severity: 'error',
          path,
          message: `${message}${task.place === undefined ? '' : ` (${task.place})`}`,
          hint,
        });
      const mapped = task.kind === 'map' ? new Set(withMapped(task.tasks).map(({ id }) => id)) : undefined;
      for (const up of upstreamOf(task)) {
        const map = mapOf.get(up);
        if (inSight.has(up) || mapped?.has(up) === true) continue;
        if (map !== undefined)
          add(
            'MR124',
            `It refers to '${up}', which is done for each item of the map '${map}'.`,
            `Refer to the list of results that map('${map}', …) returns.`,
          );
        else
          add(
            'MR120',
            `It waits for '${up}', which is no task of this pipeline.`,
            `Tasks here: ${[...inSight.keys()].join(', ')}.`,
          );
      }
      const check = (value: Value, around: readonly MapTask[]): void => {
        for (const part of walkValue(value)) {
          if (part.kind === 'output' && part.path.length > 0 && inSight.has(part.task)) {
            const place = places.placeOf(part);
            if (place !== undefined && schemaAt(place.schema, place.path) === undefined)
              add(
                'MR121',
                `'${part.task}' has no output '${formatPath(part.path)}'.`,
                `Outputs of '${part.task}': ${members(place.schema)}.`,
              );
          }
          if (part.kind === 'param' && schemaAt(model.paramsSchema, part.path) === undefined)
            add(
              'MR122',
              `There is no param '${formatPath(part.path)}'.`,
              `Params of the pipeline: ${members(model.paramsSchema)}.`,
            );
          if (part.kind === 'run' && !RUN_FIELDS.has(part.field))
            add(
              'MR123',
              `A run has no '${String(part.field)}'.`,
              `Use one of ${[...RUN_FIELDS].join(', ')}.`,
            );
          if (part.kind === 'item' || part.kind === 'index') {
            const place = part.kind === 'item' ? places.placeOf(part) : undefined;
            if (!around.some((map) => map.id === part.map))
              add(
                'MR125',
                `It takes an item of the map '${part.map}', but is not in it.`,
                `Use the item inside the body of map('${part.map}', …) only.`,
              );
            else if (
              part.kind === 'item' &&
              place !== undefined &&
              schemaAt(place.schema, place.path) === undefined
            )
              add(
                'MR126',
                `The items of '${part.map}' have no '${formatPath(part.path)}'.`,
                'Refer to a member that the items have.',
              );
          }
        }
      };
      for (const value of valuesOf(task)) check(value, maps);
      if (task.kind === 'map') {
        check(task.result, [...maps, task]);
        visit(task.tasks, [...inSight.values()], [...maps, task]);
      }
    }
  };
  visit(model.tasks, [], []);
  return found;
}

function members(schema: JsonObject): string {
  const properties = schema['properties'];
  return typeof properties === 'object' && properties !== null
    ? Object.keys(properties).join(', ') || 'none'
    : 'none';
}
