/**
 * The console's API: one function from a request to its answer, without a server around it. Every answer carries the headers
 * of lib/console/security.ts; every failure is an answer with a text and a remedy.
 */
import { createHash } from 'node:crypto';
import { readBytes, type HttpRequest, type HttpResponse } from '../mlflow/http';
import { mlflowError } from '../mlflow/mlflow-error';
import { act } from './actions';
import type { ErrorView } from './views/session';
import { ConsoleError } from './console-error';
import type { ConsoleOptions } from './console-options';
import { fileRoute, jsonRoute } from './routes';
import { PAGE_HEADERS, refuseForgery } from './security';

export const API_PREFIX = '/console/api';

const MAX_BODY = 1_000_000;

/**
 * Never throws.
 * @param request its path is as it was sent, not decoded
 * @param onFailure told about failures that are not the client's
 */
export async function handleRequest(
  request: HttpRequest,
  options: ConsoleOptions,
  onFailure: (error: Error) => void = () => {},
): Promise<HttpResponse> {
  try {
    return await answer(request, options);
  } catch (thrown) {
    const { status, view } = failure(thrown);
    if (status >= 500) onFailure(thrown instanceof Error ? thrown : new Error(String(thrown)));
    return json(status, view);
  }
}

async function answer(request: HttpRequest, options: ConsoleOptions): Promise<HttpResponse> {
  const path = request.path.slice(API_PREFIX.length);
  if (path === '/act') {
    if (request.method !== 'POST')
      throw new ConsoleError(405, `${request.method} changes nothing here.`, 'Use POST.');
    refuseForgery(request);
    return json(200, await act(await bodyOf(request), options));
  }
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new ConsoleError(405, `${request.method} is not served here.`, 'Use GET.');
  const file = fileRoute(path);
  if (file !== undefined) return file(request.query);
  const ask = jsonRoute(path);
  if (ask === undefined)
    throw new ConsoleError(404, `Nothing is served under ${request.path}.`, 'See docs/guides/console.md.');
  return conditional(request, await ask(request.query, options));
}

/** 304 for who has the same already. */
function conditional(request: HttpRequest, value: object): HttpResponse {
  const found = json(200, value);
  const etag = `"${createHash('sha256')
    .update(found.body as string)
    .digest('base64url')
    .slice(0, 22)}"`;
  const headers = { ...found.headers, etag };
  return request.headers['if-none-match'] === etag
    ? { status: 304, headers, body: '' }
    : { ...found, headers };
}

/** @throws ConsoleError */
async function bodyOf(request: HttpRequest): Promise<unknown> {
  const bytes = await readBytes(request.body);
  if (bytes.length > MAX_BODY)
    throw new ConsoleError(413, `The request has ${bytes.length} bytes.`, `Send at most ${MAX_BODY}.`);
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (cause) {
    throw new ConsoleError(400, 'The request is no JSON.', 'Send a JSON object.', { cause });
  }
}

function json(status: number, body: object): HttpResponse {
  return {
    status,
    headers: { ...PAGE_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-cache' },
    body: JSON.stringify(body),
  };
}

function failure(thrown: unknown): { readonly status: number; readonly view: ErrorView } {
  if (thrown instanceof ConsoleError) {
    const { status, name, message, remedy } = thrown;
    return { status, view: { error: { name, message, remedy } } };
  }
  // What the store and the grammar refuse has a status there already.
  const { status } = mlflowError(thrown);
  const { name, message } = thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
  const remedy =
    status >= 500 ? 'Try again; the log of the console has more.' : 'Correct the input; nothing was changed.';
  return { status, view: { error: { name, message, remedy } } };
}
