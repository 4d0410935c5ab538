import { resourceNames } from '../aws/environment';
import { readParameter } from '../aws/read-parameter';
import { DoNotRetry } from '../model/errors';
import type { Connection } from '../tasks/connection';
import {
  CONNECTION_KINDS,
  isConnectionKind,
  type ConnectionKind,
  type ConnectionSettings,
} from '../tasks/connection-kinds';
import { faultOf } from './parse-value';
import { connectionPlace } from './places';

/** A connection that a task uses and nobody has set. */
export class ConnectionNotSet extends DoNotRetry {
  override readonly name = 'Millrace.ConnectionNotSet';
}

/** A connection that is of another kind than the task expects, or that is not complete. */
export class InvalidConnection extends DoNotRetry {
  override readonly name = 'Millrace.InvalidConnection';
}

/** The settings as they are now, secrets among them. @throws ConnectionNotSet, InvalidConnection */
export async function readConnection<Kind extends ConnectionKind>(
  connection: Connection<Kind>,
): Promise<ConnectionSettings<Kind>> {
  const { name, to, from } = connection;
  const { stage } = resourceNames();
  const place = connectionPlace(stage, name, from);
  const remedy = setCommand(connection, stage, place);
  const text = await readParameter(place);
  if (text === undefined)
    throw new ConnectionNotSet(`The connection '${name}' is not set in stage ${stage}. Set it: ${remedy}`);
  const stored = parseStored(text);
  if ('fault' in stored)
    throw new InvalidConnection(
      `The connection '${name}' of stage ${stage} cannot be used: ${stored.fault}. Set it again: ${remedy}`,
    );
  if (stored.kind !== to)
    throw new InvalidConnection(
      `The connection '${name}' of stage ${stage} leads to ${stored.kind}, and the task wants ${to}. Set it again: ${remedy}`,
    );
  return stored.settings as ConnectionSettings<Kind>;
}

export type StoredConnection =
  | { readonly kind: ConnectionKind; readonly settings: Readonly<Record<string, unknown>> }
  | { readonly fault: string };

/** What is kept is `{"kind": "postgres", "host": …}`. */
export function parseStored(text: string): StoredConnection {
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return { fault: 'it is no JSON' };
  }
  if (typeof stored !== 'object' || stored === null) return { fault: 'it is no JSON object' };
  const { kind, ...members } = stored as Record<string, unknown>;
  if (!isConnectionKind(kind))
    return { fault: `its kind is none of ${Object.keys(CONNECTION_KINDS).join(', ')}` };
  const parsed = CONNECTION_KINDS[kind].safeParse(members);
  return parsed.success
    ? { kind, settings: parsed.data as Record<string, unknown> }
    : { fault: faultOf(parsed.error) };
}

function setCommand({ name, to, from }: Connection, stage: string, place: string): string {
  return from === 'parameter'
    ? `millrace connections set ${name} ${to} …${stage === 'dev' ? '' : ` --stage ${stage}`}`
    : `aws secretsmanager create-secret --name ${place.replace('/aws/reference/secretsmanager/', '')} --secret-string '{"kind": "${to}", …}'`;
}
