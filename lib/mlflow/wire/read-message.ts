import { invalid } from '../mlflow-error';
import type { Field, FieldKind, Fields, Message } from './fields';

/** Ends what is said about the shape of a request. */
export const SEE = ' See the API docs for more information about request parameters.';
const INT64 = 2 ** 63;

/** Values of `source` as the fields say; unknown ones are left out. @throws MlflowError INVALID_PARAMETER_VALUE */
export function readMessage<F extends Fields>(
  fields: F,
  source: Readonly<Record<string, unknown>>,
  at = '',
): Message<F> {
  const read = Object.entries(fields).map(([name, field]) => {
    const value =
      source[name] ?? source[camelCase(name)] ?? (name === 'run_id' ? source['run_uuid'] : undefined);
    return [name, readField(field, value ?? undefined, at === '' ? name : `${at}.${name}`)];
  });
  return Object.fromEntries(read) as Message<F>;
}

/** What a query string says, in the shape of a JSON body. @throws MlflowError for a truth value that is none */
export function queryMessage(
  fields: Fields,
  query: Readonly<Record<string, readonly string[]>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, values]) => {
      const field = fields[name];
      if (field?.repeated === true) return [name, values];
      const value = values[0] ?? '';
      if (field?.type.kind !== 'bool') return [name, value];
      if (!/^(?:true|false)$/i.test(value))
        throw invalid(`Invalid boolean value: ${value}, must be 'true' or 'false'.`);
      return [name, value.toLowerCase() === 'true'];
    }),
  );
}

function readField(field: Field<unknown>, value: unknown, path: string): unknown {
  if (value === undefined || (field.required && value === '')) {
    if (field.required) throw missing(path);
    return field.default;
  }
  if (!field.repeated) {
    const read = readValue(field.type, value, path) ?? field.default;
    if (read === undefined && field.required) throw missing(path);
    return read;
  }
  if (!Array.isArray(value)) throw wrongType(path, value);
  if (field.required && value.length === 0) throw missing(path);
  return value.map((item, i) => readValue(field.type, item, `${path}[${i}]`));
}

function readValue(type: FieldKind, value: unknown, path: string): unknown {
  switch (type.kind) {
    case 'message':
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(path, value);
      return readMessage(type.fields, value as Record<string, unknown>, path);
    case 'enum':
      return enumName(type.numbers, value, path);
    default: {
      const read = READERS[type.kind](value);
      if (read === undefined) throw wrongType(path, value);
      return read;
    }
  }
}

/** `undefined`: not of that kind. */
const READERS: Readonly<Record<'string' | 'int64' | 'double' | 'bool', (value: unknown) => unknown>> = {
  string: (value) => (typeof value === 'string' ? value : undefined),
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  int64: (value) => {
    const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) && Math.abs(number) <= INT64
      ? number
      : undefined;
  },
  double: (value) => {
    if (typeof value === 'number') return value;
    if (typeof value !== 'string' || value.trim() === '') return undefined;
    if (value === 'NaN') return Number.NaN;
    const number = Number(value);
    return Number.isNaN(number) ? undefined : number;
  },
};

/** A name that is not known counts as absent, as in protocol buffers: it may be of a later version. */
function enumName(
  numbers: Readonly<Record<string, number>>,
  value: unknown,
  path: string,
): string | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  const found = Object.keys(numbers).find((name) => name === value || numbers[name] === number);
  if (found === undefined && typeof number !== 'string') throw wrongType(path, value);
  return found;
}

export function missing(path: string): Error {
  return invalid(`Missing value for required parameter '${path}'.${SEE}`);
}

/** A value of another type than the field has. */
export function wrongType(path: string, value: unknown): Error {
  return wrong(path, value, ` Hint: Value was of type '${pythonType(value)}'.${SEE}`);
}

/** A value that means nothing there; `why` says what would. */
export function wrong(path: string, value: unknown, why: string): Error {
  return invalid(`Invalid value ${JSON.stringify(value)} for parameter '${path}' supplied: ${why}`);
}

function pythonType(value: unknown): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int' : 'float';
    default:
      return 'dict';
  }
}

const inCamelCase = new Map<string, string>();

/** Of names of fields, which are few; a batch asks for those of each of its metrics. */
function camelCase(name: string): string {
  const known = inCamelCase.get(name);
  if (known !== undefined) return known;
  const made = name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
  inCamelCase.set(name, made);
  return made;
}
