/** Holds a value against the model of a service's API, as the SDK's client carries it. */
import { NormalizedSchema } from '@smithy/core/schema';

/**
 * What is wrong with the arguments of an integration: members that the API does not have, required ones that are missing,
 * values of another type. Expressions are of any type.
 * @param schema e.g. `RunTaskRequest$`
 * @param capital integrations write members with a capital that the API begins small
 */
export function apiFaults(schema: unknown, value: unknown, capital: boolean): string[] {
  return faultsAt(NormalizedSchema.of(schema as never), value, '', capital);
}

function faultsAt(schema: NormalizedSchema, value: unknown, path: string, capital: boolean): string[] {
  if (typeof value === 'string' && value.startsWith('{%')) return [];
  if (schema.isStructSchema()) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: no object`];
    const members = new Map<string, NormalizedSchema>();
    for (const [name, member] of schema.structIterator())
      members.set(capital ? name.charAt(0).toUpperCase() + name.slice(1) : name, member);
    const required = (schema.getSchema() as unknown[])[6];
    const missing = [...members.keys()]
      .slice(0, typeof required === 'number' ? required : 0)
      .filter((name) => !(name in value));
    return [
      ...missing.map((name) => `${path}.${name}: is required`),
      ...Object.entries(value).flatMap(([name, member]) => {
        const known = members.get(name);
        return known === undefined
          ? [`${path}.${name}: the API has no such member`]
          : faultsAt(known, member, `${path}.${name}`, capital);
      }),
    ];
  }
  if (schema.isListSchema())
    return Array.isArray(value)
      ? value.flatMap((item, i) => faultsAt(schema.getValueSchema(), item, `${path}[${i}]`, capital))
      : [`${path}: no list`];
  if (schema.isMapSchema())
    return typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, item]) =>
          faultsAt(schema.getValueSchema(), item, `${path}.${name}`, capital),
        )
      : [`${path}: no map`];
  const wanted = schema.isStringSchema()
    ? 'string'
    : schema.isNumericSchema()
      ? 'number'
      : schema.isBooleanSchema()
        ? 'boolean'
        : typeof value;
  return typeof value === wanted ? [] : [`${path}: is a ${typeof value}, not a ${wanted}`];
}
