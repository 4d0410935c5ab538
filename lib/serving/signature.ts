/** The signature of an MLflow model: what a request must have and what an answer has. */
import { DoNotRetry } from '../model/errors';

export interface SignatureField {
  readonly name: string;
  /** MLflow's types of columns that our models take or give. */
  readonly type: 'string' | 'boolean' | 'integer' | 'long' | 'float' | 'double';
  /** @default true, as in MLflow */
  readonly required: boolean;
}

export interface Signature {
  readonly inputs: readonly SignatureField[];
  readonly outputs: readonly SignatureField[];
}

/** The model folder is not one that can be served. A version never changes: no retry mends it. */
export class UnservableModel extends DoNotRetry {
  override readonly name = 'Millrace.UnservableModel';
}

const TYPES: ReadonlySet<string> = new Set(['string', 'boolean', 'integer', 'long', 'float', 'double']);

/** Reads the signature out of the text of an `MLmodel` file. @param where named in errors @throws UnservableModel */
export function readSignature(mlmodel: string, where: string): Signature {
  return { inputs: fieldsOf(mlmodel, 'inputs', where), outputs: fieldsOf(mlmodel, 'outputs', where) };
}

/** The inputs alone: what models for Python give is known when they give it. @throws UnservableModel */
export function readInputs(mlmodel: string, where: string): SignatureField[] {
  return fieldsOf(mlmodel, 'inputs', where);
}

/** JSON in a YAML scalar in single quotes, as MLflow writes it: `''` is a quote, a line break with its indent one space. */
function fieldsOf(mlmodel: string, side: 'inputs' | 'outputs', where: string): SignatureField[] {
  const [, quoted] = new RegExp(`^ {2}${side}: '((?:[^']|'')*)'`, 'm').exec(mlmodel) ?? [];
  if (quoted === undefined)
    throw new UnservableModel(
      `${where} has no signature ${side} by column. Log the model with a signature (mlflow.models.infer_signature), or train it by a task of millrace.`,
    );
  const fields = JSON.parse(quoted.replaceAll("''", "'").replace(/\s*\n\s*/g, ' ')) as {
    readonly name?: string;
    readonly type?: string;
    readonly required?: boolean;
    readonly optional?: boolean;
  }[];
  return fields.map(({ name, type = '', required, optional }) => {
    if (name === undefined || !TYPES.has(type))
      throw new UnservableModel(
        `${where} has the ${side} field '${name ?? ''}' of type '${type}'; served are named columns of the types ${[...TYPES].join(', ')}.`,
      );
    return {
      name,
      type: type as SignatureField['type'],
      required: required ?? optional !== true,
    };
  });
}

/** What differs between the inputs of two signatures, in words; empty when requests for one fit the other. */
export function inputDifferences(before: Signature, after: Signature): string[] {
  const known = new Map(before.inputs.map((field) => [field.name, field]));
  const wanted = new Map(after.inputs.map((field) => [field.name, field]));
  return [
    ...after.inputs
      .filter((field) => !known.has(field.name))
      .map((field) => `takes '${field.name}' (${field.type}) besides`),
    ...before.inputs
      .filter((field) => !wanted.has(field.name))
      .map((field) => `no longer takes '${field.name}'`),
    ...after.inputs.flatMap((field) => {
      const was = known.get(field.name);
      return was === undefined || was.type === field.type
        ? []
        : [`takes '${field.name}' as ${field.type} instead of ${was.type}`];
    }),
  ];
}
