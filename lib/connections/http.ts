/** A client for an HTTP service: Airflow's `HttpHook`. Values of secrets show neither in errors nor in logs. */
import type { Json } from '../model/json';
import type { Connection } from '../tasks/connection';
import type { ConnectionSettings } from '../tasks/connection-kinds';
import { RequestFailed, RequestRefused } from './request-errors';
import type { ConnectionUser } from './user';

export interface HttpOptions {
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: Json;
  /** Sent as it is. */
  readonly body?: string | Uint8Array;
  /** @default 30 */
  readonly timeoutSeconds?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** @throws SyntaxError when it is no JSON */
  json(): Json;
}

export interface HttpClient {
  /** @param path below the base URL @throws RequestFailed, RequestRefused */
  request(method: string, path: string, options?: HttpOptions): Promise<HttpAnswer>;
  get(path: string, options?: HttpOptions): Promise<HttpAnswer>;
  post(path: string, options?: HttpOptions): Promise<HttpAnswer>;
}

const MAX_QUOTE = 500;

export async function openHttp(user: ConnectionUser, connection: Connection<'http'>): Promise<HttpClient> {
  return httpClient(await user.connection(connection), user.signal);
}

/** @param secrets texts that must not show in errors, besides those of the settings */
export function httpClient(
  settings: ConnectionSettings<'http'>,
  signal: AbortSignal,
  secrets: readonly string[] = [],
): HttpClient {
  const hidden = (text: string) => withoutSecrets(text, [...secretsOf(settings), ...secrets]);
  const request: HttpClient['request'] = async (method, path, options = {}) => {
    const base = settings.baseUrl.replace(/\/$/, '');
    const url = new URL(path === '' ? settings.baseUrl : `${base}/${path.replace(/^\//, '')}`);
    for (const [name, value] of Object.entries(options.query ?? {}))
      url.searchParams.set(name, String(value));
    const what = `${method} ${url.origin}${url.pathname}`;
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    let response: Response;
    let bytes: Uint8Array;
    try {
      response = await fetch(url, {
        method,
        headers: {
          ...(options.json === undefined ? {} : { 'content-type': 'application/json' }),
          ...settings.headers,
          ...authorization(settings),
          ...options.headers,
        },
        ...(body === undefined ? {} : { body: body as string }),
        // Secrets would go along to another host.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout((options.timeoutSeconds ?? 30) * 1000)]),
      });
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      signal.throwIfAborted();
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RequestFailed(hidden(`${what} was not answered: ${reason}`), { cause: error });
    }
    const { status, headers } = response;
    const text = new TextDecoder().decode(bytes);
    if (status < 200 || status > 299) {
      const quote = text.slice(0, MAX_QUOTE);
      const told = hidden(`${what} was answered with status ${status}${quote && `: ${quote}`}`);
      throw status === 408 || status === 429 || status >= 500
        ? new RequestFailed(told)
        : new RequestRefused(told);
    }
    return { status, headers, bytes, text, json: () => JSON.parse(text) as Json };
  };
  return {
    request,
    get: async (path, options) => request('GET', path, options),
    post: async (path, options) => request('POST', path, options),
  };
}

function authorization({ token, user, password }: ConnectionSettings<'http'>): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}

function secretsOf({ headers, token, password }: ConnectionSettings<'http'>): string[] {
  return [...Object.values(headers), token, password].filter((text) => text !== undefined);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '•••')), text);
}
