/**
 * One HTTP request. Values of secrets go into headers and nowhere else: not into logs, not into errors, not to where an
 * answer redirects to.
 */
import { RequestFailed, RequestRefused } from '../../lib/connections/request-errors';
import { DoNotRetry } from '../../lib/model/errors';
import type { InputOf, OutputOf } from '../../lib/tasks/contract';
import type { httpRequest } from '../../lib/tasks/http-request';

export interface Request extends Omit<InputOf<typeof httpRequest>, 'headers'> {
  readonly headers: Readonly<Record<string, string>>;
  /** Values that must not show. */
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

export type Answer = OutputOf<typeof httpRequest>;

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_QUOTE = 500;

/** @throws RequestFailed, RequestRefused */
export async function request(given: Request): Promise<Answer> {
  const url = new URL(given.url);
  for (const [name, value] of Object.entries(given.query)) url.searchParams.set(name, String(value));
  const what = `${given.method} ${url.origin}${url.pathname}`;
  const hide = (text: string): string =>
    given.secrets.reduce((shown, secret) => (secret === '' ? shown : shown.replaceAll(secret, '•••')), text);
  const started = Date.now();
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: given.method,
      headers: headersOf(given),
      ...(given.body === undefined ? {} : { body: bodyOf(given.body) }),
      // Headers of one's own would go along to another host.
      redirect: given.secrets.length === 0 ? 'follow' : 'manual',
      signal: AbortSignal.any([given.signal, AbortSignal.timeout(given.timeoutMs)]),
    });
    text = await textOf(response, what);
  } catch (error) {
    if (error instanceof DoNotRetry) throw error;
    given.signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RequestFailed(hide(`${what} was not answered: ${reason}`), { cause: error });
  }
  const { status } = response;
  if (!isExpected(status, given.expectedStatus)) {
    const quote = hide(text.slice(0, MAX_QUOTE));
    const message = `${what} was answered with status ${status}${quote === '' ? '.' : `: ${quote}`}`;
    if (status === 408 || status === 429 || status >= 500) throw new RequestFailed(message);
    throw new RequestRefused(message);
  }
  return {
    status,
    headers: Object.fromEntries(
      [...response.headers]
        .filter(([name]) => name !== 'set-cookie')
        .map(([name, value]) => [name, hide(value)]),
    ),
    body: parsed(hide(text), response.headers.get('content-type') ?? ''),
    durationMs: Date.now() - started,
  };
}

function headersOf({ headers, body }: Request): Headers {
  const all = new Headers(headers);
  if (body !== undefined && !all.has('content-type'))
    all.set('content-type', typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json');
  return all;
}

function bodyOf(body: Exclude<Request['body'], undefined>): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function isExpected(status: number, expected: readonly number[] | undefined): boolean {
  return expected === undefined ? status >= 200 && status < 300 : expected.includes(status);
}

async function textOf(response: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_BYTES)
      throw new RequestRefused(
        `${what} is answered with more than ${MAX_BYTES} bytes. Take a task of your own that streams the answer into the data bucket.`,
      );
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string, contentType: string): Answer['body'] {
  if (!/\bjson\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return text;
  }
}
