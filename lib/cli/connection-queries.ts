/** The connections of a stage beside those that the project declares. What is secret leaves this file only to be tested. */
import { deleteParameter, listParameters, MAX_PARAMETER_BYTES, writeParameter } from '../aws/parameters';
import { readParameter } from '../aws/read-parameter';
import { connectionPlace, connectionsPath } from '../connections/places';
import { parseStored, type StoredConnection } from '../connections/read-connection';
import { isSecretMember, type ConnectionKind } from '../tasks/connection-kinds';
import { didYouMean } from '../model/suggest';
import { CliError, EXIT } from './cli-error';
import type { Connection } from './connect';
import { declaredUses } from './declared-uses';
import type { GivenConnection } from './parse-connection';

export interface ConnectionView {
  readonly name: string;
  readonly to: string;
  readonly from: 'parameter' | 'secrets-manager';
  readonly state: 'set' | 'not set' | 'invalid';
  /** Secrets are `•••`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly usedBy: readonly string[];
}

export async function listConnections({ stage, project }: Connection): Promise<ConnectionView[]> {
  const declared = declaredUses(project).connections;
  const texts = new Map(
    (await listParameters(connectionsPath(stage))).map(({ name, value }) => [name, value]),
  );
  for (const [name, { used }] of declared) {
    if (used.from !== 'secrets-manager') continue;
    const text = await readParameter(connectionPlace(stage, name, used.from));
    if (text !== undefined) texts.set(name, text);
  }
  return [...new Set([...declared.keys(), ...texts.keys()])].sort().map((name) => {
    const known = declared.get(name);
    const common = { name, from: known?.used.from ?? 'parameter', usedBy: known?.by ?? [] } as const;
    const text = texts.get(name);
    if (text === undefined) return { ...common, to: known?.used.to ?? '', state: 'not set', settings: {} };
    return { ...common, ...shown(parseStored(text), known?.used.to) };
  });
}

export async function setConnection(
  { stage, project }: Connection,
  name: string,
  given: GivenConnection,
): Promise<ConnectionView> {
  const known = declaredUses(project).connections.get(name);
  const text = JSON.stringify(given);
  const refuse = (message: string, remedy: string) =>
    new CliError(message, { code: EXIT.usage, where: name, remedy });
  if (known !== undefined && known.used.to !== given.kind)
    throw refuse(
      `Tasks use '${name}' as a connection to ${known.used.to}, not to ${given.kind}.`,
      `Tasks that use it: ${known.by.join(', ')}. Nothing was changed.`,
    );
  const place = connectionPlace(stage, name);
  if (known?.used.from === 'secrets-manager')
    throw refuse(
      `Tasks take '${name}' from Secrets Manager.`,
      `Set it there: aws secretsmanager create-secret --name ${place.slice(1)} --secret-string file://connection.json`,
    );
  if (Buffer.byteLength(text) > MAX_PARAMETER_BYTES)
    throw refuse(
      `A connection has at most ${MAX_PARAMETER_BYTES} bytes, and this one has ${Buffer.byteLength(text)}.`,
      "Keep it in Secrets Manager: connection('…', '…', { from: 'secrets-manager' }).",
    );
  await writeParameter(place, text, { secret: true, description: `Connection ${name} of millrace` });
  return { name, from: 'parameter', usedBy: known?.by ?? [], ...shown(parseStored(text), given.kind) };
}

/** @throws CliError when it is not set, or is no connection */
export async function readStored(
  { stage, project }: Connection,
  name: string,
): Promise<{ readonly kind: ConnectionKind; readonly settings: Readonly<Record<string, unknown>> }> {
  const declared = declaredUses(project).connections;
  const from = declared.get(name)?.used.from ?? 'parameter';
  const text = await readParameter(connectionPlace(stage, name, from));
  if (text === undefined) throw notSet(name, stage, [...declared.keys()]);
  const stored = parseStored(text);
  if (!('fault' in stored)) return stored;
  throw new CliError(`The connection '${name}' cannot be used: ${stored.fault}.`, {
    code: EXIT.usage,
    where: name,
    remedy: `Set it again: millrace connections set ${name} <kind> …`,
  });
}

/** @throws CliError when there is none */
export async function deleteConnection({ stage, project }: Connection, name: string): Promise<void> {
  if (await deleteParameter(connectionPlace(stage, name))) return;
  throw notSet(name, stage, [...declaredUses(project).connections.keys()]);
}

function shown(
  stored: StoredConnection,
  declared: string | undefined,
): Pick<ConnectionView, 'to' | 'state' | 'settings'> {
  if ('fault' in stored) return { to: declared ?? '', state: 'invalid', settings: { fault: stored.fault } };
  const settings = Object.fromEntries(
    Object.entries(stored.settings)
      .filter(([, value]) => value !== undefined && JSON.stringify(value) !== '{}')
      .map(([name, value]) => [name, isSecretMember(name) ? hidden(value) : value]),
  );
  const fits = declared === undefined || declared === stored.kind;
  return { to: stored.kind, state: fits ? 'set' : 'invalid', settings };
}

function hidden(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.keys(value).join(', ') : '•••';
}

function notSet(name: string, stage: string, known: readonly string[]): CliError {
  return new CliError(`The connection '${name}' is not set in stage ${stage}.`, {
    code: EXIT.usage,
    where: name,
    remedy: `${didYouMean(name, known)}Set it: millrace connections set ${name} <kind> …`,
  });
}
