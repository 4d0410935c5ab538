/** Clients that call endpoints with a key in place of IAM: `-c api-keys=shop:20:100000,crm`. */
import { SynthesisError } from './synthesis-error';

export interface ApiKeyClient {
  /** Small letters, digits and hyphens. */
  readonly name: string;
  /** Requests a second. @default 50 */
  readonly perSecond: number;
  /** Requests a day. @default 1,000,000 */
  readonly perDay: number;
}

const CLIENT = /^([a-z][a-z0-9-]{0,39})(?::(\d{1,5})(?::(\d{1,9}))?)?$/;

/** @throws SynthesisError for what is no `<client>[:<requests a second>[:<requests a day>]]`, and for a client named twice */
export function readApiKeyClients(value: unknown): readonly ApiKeyClient[] {
  if (value === undefined || value === '') return [];
  const found = (Array.isArray(value) ? value.map(String) : String(value).split(',')).map((text) => {
    const [whole, name = '', perSecond = '50', perDay = '1000000'] = CLIENT.exec(text.trim()) ?? [];
    if (whole === undefined || Number(perSecond) === 0 || Number(perDay) === 0) throw refused(value);
    return { name, perSecond: Number(perSecond), perDay: Number(perDay) };
  });
  if (new Set(found.map(({ name }) => name)).size < found.length) throw refused(value);
  return found;
}

function refused(value: unknown): SynthesisError {
  return new SynthesisError(
    'CLOUD_CONTEXT',
    `The context value api-keys is ${JSON.stringify(value)}.`,
    'Write each client once, with requests a second and a day if need be: -c api-keys=shop:20:100000,crm.',
  );
}
