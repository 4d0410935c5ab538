import { z } from 'zod';
import { DoNotRetry } from '../model/errors';
import type { JsonObject } from '../model/json';
import { isObject } from '../model/schema-path';

export class InvalidParams extends DoNotRetry {
  override readonly name = 'Millrace.InvalidParams';
}

/**
 * Params of a run after validation, with defaults filled in.
 * @param schema JSON Schema, draft 2020-12, input side
 * @throws InvalidParams that lists every fault: path, expected, got; and all params there are
 */
export function parseParams(pipeline: string, schema: JsonObject, params: unknown): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const given = params ?? {};
  const unknown = isPlainObject(given) ? Object.keys(given).filter((name) => !(name in properties)) : [];
  const parsed = z.fromJSONSchema(schema).safeParse(given, { reportInput: true });
  const faults = [
    ...unknown.map((name) => `${name}: there is no such param, got ${preview((given as JsonObject)[name])}`),
    ...(parsed.error?.issues ?? []).map(
      (issue) =>
        `${issue.path.map(String).join('.') || '(params)'}: ${issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/, '')}, got ${preview(valueAtPath(given, issue.path))}`,
    ),
  ];
  if (faults.length === 0 && parsed.success) return parsed.data as JsonObject;
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  throw new InvalidParams(
    [
      `The params of ${pipeline} are wrong:`,
      ...faults.map((fault) => `  ${fault}`),
      'It takes:',
      ...Object.entries(properties).map(
        ([name, property]) => `  ${name}: ${describe(property as JsonObject, required.includes(name))}`,
      ),
      ...(Object.keys(properties).length === 0 ? ['  nothing'] : []),
    ].join('\n'),
  );
}

/** `number from 0 to 1, default 0.7. Below this AUC nothing is registered` */
function describe(property: JsonObject, required: boolean): string {
  const options = property['enum'];
  const kind = Array.isArray(options)
    ? `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`
    : 'const' in property
      ? JSON.stringify(property['const'])
      : typeof property['type'] === 'string'
        ? property['type']
        : 'any value';
  const minimum = property['minimum'] ?? property['exclusiveMinimum'];
  const maximum = property['maximum'] ?? property['exclusiveMaximum'];
  return [
    kind,
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER
      ? ''
      : ` ${'minimum' in property ? 'from' : 'above'} ${JSON.stringify(minimum)}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
      ? ''
      : ` ${'maximum' in property ? 'to' : 'below'} ${JSON.stringify(maximum)}`,
    'default' in property
      ? `, default ${JSON.stringify(property['default'])}`
      : required
        ? ', required'
        : ', optional',
    typeof property['description'] === 'string' ? `. ${property['description']}` : '',
  ].join('');
}

function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function valueAtPath(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<PropertyKey, unknown>)[key];
  }
  return here;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
