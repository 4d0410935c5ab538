import type { Json, JsonObject } from './json';
import type { Path } from './value';

/** The part of a JSON Schema that describes the place at a path; `undefined` when the schema has no such place. */
export function schemaAt(schema: JsonObject, path: Path): JsonObject | undefined {
  let here: JsonObject | undefined = schema;
  for (const segment of path) {
    here = here === undefined ? undefined : step(resolve(schema, here), segment);
    if (here === undefined) return undefined;
  }
  return here === undefined ? undefined : resolve(schema, here);
}

function step(schema: JsonObject, segment: string | number): JsonObject | undefined {
  for (const alternative of alternatives(schema)) {
    if (typeof segment === 'number') {
      const items = alternative['items'];
      if (isObject(items)) return items;
    } else {
      const properties = alternative['properties'];
      const member = isObject(properties) ? properties[segment] : undefined;
      if (isObject(member)) return member;
      const additional = alternative['additionalProperties'];
      if (isObject(additional)) return additional;
    }
    if (Object.keys(alternative).every((key) => key.startsWith('$') || key === 'description')) return {};
  }
  return undefined;
}

function alternatives(schema: JsonObject): readonly JsonObject[] {
  const options = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(options) ? options.filter(isObject) : [schema];
}

function resolve(root: JsonObject, schema: JsonObject): JsonObject {
  const ref = schema['$ref'];
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return schema;
  let here: Json | undefined = root;
  for (const key of ref.slice(2).split('/')) here = isObject(here) ? here[key] : undefined;
  return isObject(here) ? here : schema;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
