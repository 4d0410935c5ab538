/** Asking the API: once, again and again, or for an action. */
import type { ErrorView } from '../views/session';

const API = '/console/api';

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

export function pathOf(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    for (const one of typeof value === 'string' ? [value] : value) search.append(name, one);
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function urlOf(path: string): string {
  return `${API}${path}`;
}

/** @throws ApiError */
export async function get<T>(path: string): Promise<T> {
  return read<T>(await reach(() => fetch(urlOf(path))));
}

/** Does something. @throws ApiError */
export async function act<T>(body: object): Promise<T> {
  return read<T>(
    await reach(() =>
      fetch(urlOf('/act'), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-millrace-console': '1' },
        body: JSON.stringify(body),
      }),
    ),
  );
}

async function reach(ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch {
    throw new ApiError(
      0,
      'Unreachable',
      'The console does not answer.',
      'Is `millrace dev` still up? It goes on by itself when it is back.',
    );
  }
}

async function read<T>(response: Response): Promise<T> {
  return parse(response.status, await response.text()) as T;
}

/** Away to the pages where people sign in, and back to this place. */
function signIn(): void {
  const here = `${window.location.pathname}${window.location.search}`;
  window.location.assign(`/console/auth/login?to=${encodeURIComponent(here)}`);
}

/** @throws ApiError for a status from 400 */
export function parse(status: number, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ApiError(status, 'Error', `The console answered with ${status} and no JSON.`, 'Try again.');
  }
  if (status < 400) return value;
  const { error } = value as Partial<ErrorView>;
  if (status === 401) signIn();
  throw new ApiError(
    status,
    error?.name ?? 'Error',
    error?.message ?? `Status ${status}`,
    error?.remedy ?? '',
  );
}
