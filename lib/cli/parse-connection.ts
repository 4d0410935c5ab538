/** Reads `name=value` of the command line into a connection. Secrets come from elsewhere: a command line is kept in histories. */
import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import type { z } from 'zod';
import { parseText, faultOf } from '../connections/parse-value';
import { CONNECTION_KINDS, isConnectionKind, isSecretMember } from '../tasks/connection-kinds';
import { didYouMean } from '../model/suggest';
import { CliError, EXIT } from './cli-error';

export type GivenConnection = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** @throws CliError before anything is written */
export async function parseConnection(
  name: string,
  kind: string,
  given: readonly string[],
): Promise<GivenConnection> {
  const refuse = (message: string, remedy: string, where = name) =>
    new CliError(message, { code: EXIT.usage, where, remedy });
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(name))
    throw refuse(
      `'${name}' is no name of a connection.`,
      'Up to 100 letters, digits, dots, hyphens, underscores.',
    );
  const kinds = Object.keys(CONNECTION_KINDS);
  if (!isConnectionKind(kind))
    throw refuse(
      `There are no connections to '${kind}'.`,
      `${didYouMean(kind, kinds)}Kinds: ${kinds.join(', ')}.`,
      kind,
    );
  const { shape } = CONNECTION_KINDS[kind];
  const members: Record<string, unknown> = {};
  for (const part of given) {
    const equals = part.indexOf('=');
    const member = equals < 0 ? part : part.slice(0, equals);
    const schema = (shape as unknown as Readonly<Record<string, z.ZodType | undefined>>)[member];
    if (equals < 0 || schema === undefined)
      throw refuse(
        equals < 0 ? `'${part}' is no name=value.` : `A connection to ${kind} has no '${member}'.`,
        `${didYouMean(member, Object.keys(shape))}It has: ${Object.keys(shape).join(', ')}.`,
        member,
      );
    const text = await valueOf(member, part.slice(equals + 1), refuse);
    const parsed = parseText(schema, text);
    if ('fault' in parsed)
      throw refuse(`The value of ${member} is wrong: ${parsed.fault}.`, 'Correct it.', member);
    members[member] = parsed.value;
  }
  const whole = CONNECTION_KINDS[kind].safeParse(members);
  if (!whole.success)
    throw refuse(
      `The connection '${name}' is not complete: ${faultOf(whole.error)}.`,
      `Give all it needs at once; a connection to ${kind} has: ${Object.keys(shape).join(', ')}.`,
    );
  return { kind, ...members };
}

async function valueOf(
  member: string,
  given: string,
  refuse: (message: string, remedy: string, where?: string) => CliError,
): Promise<string> {
  if (given === '-') return (await textOf(process.stdin)).trimEnd();
  if (given.startsWith('@')) {
    try {
      return readFileSync(given.slice(1), 'utf8').trimEnd();
    } catch {
      throw refuse(
        `The file for ${member} cannot be read: ${given.slice(1)}.`,
        'Give its path after the @.',
        member,
      );
    }
  }
  if (given.startsWith('env:')) {
    const value = process.env[given.slice(4)];
    if (value !== undefined && value !== '') return value;
    throw refuse(
      `The environment variable ${given.slice(4)} is not set.`,
      'Export it, then try again.',
      member,
    );
  }
  if (isSecretMember(member))
    throw refuse(
      `${member} is a secret, and command lines are kept in histories.`,
      `Give it as ${member}=env:VARIABLE, ${member}=@file, or ${member}=- and write it to stdin.`,
      member,
    );
  return given;
}
