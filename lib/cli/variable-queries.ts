/** The variables of a stage beside those that the project declares. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { deleteParameter, listParameters, MAX_PARAMETER_BYTES, writeParameter } from '../aws/parameters';
import { readParameter } from '../aws/read-parameter';
import { parseText } from '../connections/parse-value';
import { variablePlace, variablesPath } from '../connections/places';
import { didYouMean } from '../model/suggest';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import { declaredUses } from './declared-uses';

export interface VariableView {
  readonly name: string;
  /** Of the value as it is declared: `number`; `any` when no task declares it. */
  readonly type: string;
  /** Text of the value that counts; empty when there is none. */
  readonly value: string;
  readonly state: 'set' | 'default' | 'not set' | 'invalid';
  readonly usedBy: readonly string[];
  readonly changedAt?: string | undefined;
}

const NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;

export async function listVariables({ stage, project }: Connection): Promise<VariableView[]> {
  const declared = declaredUses(project).variables;
  const set = new Map((await listParameters(variablesPath(stage))).map((stored) => [stored.name, stored]));
  return [...new Set([...declared.keys(), ...set.keys()])].sort().map((name) => {
    const stored = set.get(name);
    return viewOf(name, declared.get(name), stored?.value, stored?.changedAt);
  });
}

/** @throws CliError when it is not set and has no default */
export async function getVariable({ stage, project }: Connection, name: string): Promise<VariableView> {
  const declared = declaredUses(project).variables;
  const view = viewOf(name, declared.get(name), await readParameter(variablePlace(stage, name)));
  if (view.state !== 'not set') return view;
  throw notSet(name, stage, [...declared.keys()]);
}

export interface TestedVariable {
  readonly name: string;
  /** Why a task that declares it would fail. @default it would find a value that fits */
  readonly fault?: string;
}

/** @throws CliError when a variable is named that is neither set nor declared */
export async function testVariables(connection: Connection, name?: string): Promise<TestedVariable[]> {
  const declared = declaredUses(connection.project).variables;
  const known = await listVariables(connection);
  const wanted = known.filter((one) => name === undefined || one.name === name);
  if (name !== undefined && wanted.length === 0)
    throw notSet(
      name,
      connection.stage,
      known.map((one) => one.name),
    );
  return wanted.map(({ name: variable, state, value, type, usedBy }) => {
    if (state === 'not set')
      return { name: variable, fault: `it is not set, and ${usedBy.join(', ')} would fail` };
    const schema = declared.get(variable)?.used.schema;
    const fault = state === 'invalid' && schema !== undefined ? faultOf(schema, value) : undefined;
    return { name: variable, ...(fault === undefined ? {} : { fault: `it is no ${type}: ${fault}` }) };
  });
}

/** @throws CliError for a value that does not fit what the tasks declare: nothing is written then */
export async function setVariable(
  { stage, project }: Connection,
  name: string,
  given: string,
): Promise<VariableView> {
  const text = given.startsWith('@') ? readFile(given.slice(1)) : given;
  const refuse = (message: string, remedy: string) =>
    new CliError(message, { code: EXIT.usage, where: name, remedy });
  if (!NAME.test(name))
    throw refuse(
      `'${name}' is no name of a variable.`,
      'Up to 100 letters, digits, dots, hyphens, underscores.',
    );
  if (text === '')
    throw refuse('A variable cannot be empty.', 'Delete it, or use an optional one with a default.');
  if (Buffer.byteLength(text) > MAX_PARAMETER_BYTES)
    throw refuse(
      `A variable has at most ${MAX_PARAMETER_BYTES} bytes, and this value has ${Buffer.byteLength(text)}.`,
      'Put what is larger into the data bucket, and its key into the variable.',
    );
  const declared = declaredUses(project).variables.get(name);
  const view = viewOf(name, declared, text);
  if (view.state === 'invalid')
    throw refuse(
      `The value of '${name}' does not fit its type (${view.type}): ${faultOf(declared?.used.schema ?? {}, text) ?? ''}.`,
      `Tasks that read it: ${view.usedBy.join(', ')}. Nothing was changed.`,
    );
  await writeParameter(variablePlace(stage, name), text, {
    secret: false,
    description: declared?.used.summary ?? `Variable ${name} of millrace`,
  });
  return view;
}

/** @throws CliError when there is none */
export async function deleteVariable({ stage, project }: Connection, name: string): Promise<void> {
  if (await deleteParameter(variablePlace(stage, name))) return;
  throw notSet(name, stage, [...declaredUses(project).variables.keys()]);
}

function viewOf(
  name: string,
  declared: ReturnType<ReturnType<typeof declaredUses>['variables']['get']>,
  text: string | undefined,
  changedAt?: string,
): VariableView {
  const { schema, default: fallback } = declared?.used ?? { schema: {}, default: undefined };
  const common = { name, type: typeOf(schema), usedBy: declared?.by ?? [], ...(changedAt && { changedAt }) };
  if (text === undefined && fallback === undefined) return { ...common, value: '', state: 'not set' };
  if (text === undefined)
    return {
      ...common,
      value: typeof fallback === 'string' ? fallback : JSON.stringify(fallback),
      state: 'default',
    };
  return { ...common, value: text, state: faultOf(schema, text) === undefined ? 'set' : 'invalid' };
}

function faultOf(schema: object, text: string): string | undefined {
  const parsed = parseText(z.fromJSONSchema(schema as never), text);
  return 'fault' in parsed ? parsed.fault : undefined;
}

function typeOf(schema: Readonly<Record<string, unknown>>): string {
  const options = schema['enum'];
  if (Array.isArray(options)) return options.map(String).join(' | ');
  return typeof schema['type'] === 'string' ? schema['type'] : 'any';
}

function notSet(name: string, stage: string, known: readonly string[]): CliError {
  return new CliError(`The variable '${name}' is not set in stage ${stage}.`, {
    code: EXIT.usage,
    where: name,
    remedy: `${didYouMean(name, known)}Set it: millrace variables set ${name} <value>.`,
  });
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (cause) {
    throw new CliError(`The file cannot be read: ${file}.`, {
      code: EXIT.usage,
      where: file,
      remedy: 'Give the path of a file after the @.',
      cause,
    });
  }
}
