import type { Diagnostic } from '../diagnostic';
import { valueOf, withMapped } from '../edges';
import type { JsonObject } from '../json';
import type { PipelineModel } from '../pipeline';
import { Places } from '../place-of';
import { isObject, schemaAt } from '../schema-path';
import type { Value } from '../value';
import { errorsOf } from './errors-of';

/** Where both sides have a plain type, the referenced output must fit the input. The editor says most of this earlier. */
export function checkTypes(model: PipelineModel): Diagnostic[] {
  const places = new Places(model);
  const typesOf = (value: Value): string[] | undefined => {
    const place = places.placeOf(value);
    return place === undefined ? undefined : plainTypes(schemaAt(place.schema, place.path));
  };
  return withMapped(model.tasks).flatMap((task) => {
    if (task.kind !== 'task') return [];
    const { found, add } = errorsOf(model, task);
    const visit = (value: Value, path: (string | number)[]): void => {
      if (value.kind === 'object') {
        for (const [name, field] of Object.entries(value.fields)) visit(field, [...path, name]);
        return;
      }
      if (value.kind === 'array') return value.items.forEach((item, i) => visit(item, [...path, i]));
      const wanted = plainTypes(schemaAt(task.inputSchema, path));
      const given = typesOf(value);
      if (wanted === undefined || given === undefined || given.some((type) => fits(type, wanted))) return;
      add(
        'MR140',
        `The input '${path.join('.')}' takes ${wanted.join(' or ')}, but is given ${given.join(' or ')}.`,
        'Refer to another output, or change the contract of one of the tasks.',
      );
    };
    const value = valueOf(task);
    if (value !== undefined) {
      visit(value, []);
      const given =
        value.kind === 'object'
          ? Object.keys(value.fields)
          : value.kind === 'literal' && isObject(value.value)
            ? Object.keys(value.value)
            : [];
      const required = task.inputSchema['required'];
      for (const name of Array.isArray(required) ? required : []) {
        if (typeof name === 'string' && !given.includes(name))
          add('MR141', `The input '${name}' is missing.`, `Pass '${name}' to ${task.contract}.`);
      }
    }
    return found;
  });
}

function plainTypes(schema: JsonObject | undefined): string[] | undefined {
  if (schema === undefined) return undefined;
  const type = schema['type'];
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((t) => typeof t === 'string');
  const options = schema['anyOf'];
  if (!Array.isArray(options)) return undefined;
  const all = options.map((option) => (isObject(option) ? plainTypes(option) : undefined));
  return all.every((types) => types !== undefined) ? all.flat() : undefined;
}

function fits(type: string, wanted: readonly string[]): boolean {
  return (
    wanted.includes(type) ||
    (type === 'integer' && wanted.includes('number')) ||
    (type === 'number' && wanted.includes('integer'))
  );
}
