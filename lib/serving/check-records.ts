/** Records against the signature of a model: everything that is wrong at once, or columns that can be scored. */
import type { RawColumn } from '../ml/raw-column';
import type { Fields } from './read-records';
import { RequestRefused, type Problem } from './request-refused';
import type { Signature, SignatureField } from './signature';

/** Problems of one answer; a request of many rows may have as many of them. */
const MAX_PROBLEMS = 20;
const MAX_TEXT = 10_000;
const INT32 = 2 ** 31;
/** Where float32, in which models compute, ends. */
const LARGEST = 3.4028234663852886e38;

/** @throws RequestRefused 400 that names each field that is missing, not known, of another type or not finite */
export function columnsOf(records: readonly Fields[], { inputs }: Signature): RawColumn[] {
  const problems: Problem[] = [];
  const known = new Set(inputs.map(({ name }) => name));
  records.forEach((record, row) => {
    for (const name of Object.keys(record))
      if (!known.has(name))
        problems.push({
          field: name,
          row,
          problem: 'extra',
          message: `The model takes no field '${name}'. It takes: ${[...known].join(', ')}.`,
        });
    for (const field of inputs) {
      const problem = problemOf(field, record);
      if (problem !== undefined) problems.push({ field: field.name, row, ...problem });
    }
  });
  if (problems.length > 0) throw refused(problems);
  return inputs.map((field): RawColumn => {
    const values = records.map((record) => record[field.name] ?? null);
    return field.type === 'string' || field.type === 'boolean'
      ? {
          name: field.name,
          kind: 'text',
          values: values.map((value) => (value === null ? null : String(value as string | boolean))),
        }
      : {
          name: field.name,
          kind: 'number',
          integer: isWhole(field),
          values: values as (number | null)[],
        };
  });
}

function problemOf(field: SignatureField, record: Fields): Omit<Problem, 'field' | 'row'> | undefined {
  const { name, type } = field;
  const value = record[name];
  const mistyped = (wanted: string) =>
    ({
      problem: 'mistyped',
      message: `The field '${name}' must be ${wanted}, not ${described(value)}.`,
    }) as const;
  if (value === undefined)
    return field.required
      ? { problem: 'missing', message: `The field '${name}' (${type}) is missing.` }
      : undefined;
  if (value === null)
    // A gap in a whole number cannot be told to the model; other columns were trained with gaps filled.
    return isWhole(field) ? mistyped('a whole number') : undefined;
  if (type === 'string') {
    if (typeof value !== 'string' && typeof value !== 'boolean') return mistyped('a text');
    return typeof value === 'string' && value.length > MAX_TEXT
      ? {
          problem: 'too-large',
          message: `The field '${name}' has ${value.length} characters; at most ${MAX_TEXT} are taken.`,
        }
      : undefined;
  }
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : mistyped('true or false');
  if (typeof value !== 'number') return mistyped(isWhole(field) ? 'a whole number' : 'a number');
  if (!Number.isFinite(value))
    return { problem: 'non-finite', message: `The field '${name}' must be finite.` };
  if (Math.abs(value) > (type === 'long' ? Number.MAX_SAFE_INTEGER : type === 'integer' ? INT32 : LARGEST))
    return {
      problem: 'too-large',
      message: `The field '${name}' is ${value}, which is out of the range of ${type}.`,
    };
  return isWhole(field) && !Number.isInteger(value) ? mistyped('a whole number') : undefined;
}

function isWhole({ type }: SignatureField): boolean {
  return type === 'long' || type === 'integer';
}

function described(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `the ${typeof value === 'string' ? 'text' : typeof value} ${JSON.stringify(value).slice(0, 60)}`;
}

function refused(problems: readonly Problem[]): RequestRefused {
  const [first] = problems;
  const more = problems.length - 1;
  return new RequestRefused(
    400,
    `${first?.message ?? ''}${first === undefined || first.row === null ? '' : ` (row ${first.row})`}${more === 0 ? '' : ` And ${more} more.`}`,
    problems.slice(0, MAX_PROBLEMS),
  );
}
