/**
 * The console in an account: everybody who looks has signed in, and only operators act. The page's files hold nothing that is
 * secret and are answered to all, so that they can be cached on the way.
 */
import type { HttpRequest, HttpResponse } from '../mlflow/http';
import { hostOf } from './account-http';
import type { WebFile } from './bundle-web';
import type { ConsoleOptions } from './console-options';
import { API_PREFIX, handleRequest } from './handle-request';
import { PAGE_HEADERS } from './security';
import { identityOf, signIn, SIGN_IN_PREFIX, type SignInPorts } from './sign-in/sign-in';

export interface AccountConsole extends Pick<ConsoleOptions, 'catalogue' | 'now' | 'working' | 'source'> {
  readonly web: readonly Omit<WebFile, 'bytes'>[];
  readonly readFile: (path: string) => Uint8Array;
  readonly onFailure: (error: Error) => void;
  readonly signIn: SignInPorts;
}

/** Never throws. */
export async function serveInAccount(request: HttpRequest, account: AccountConsole): Promise<HttpResponse> {
  const host = hostOf(request);
  const { path } = request;
  if (path.startsWith(`${SIGN_IN_PREFIX}/`))
    return signIn(request, host, account.signIn).catch((error: unknown) => {
      account.onFailure(error instanceof Error ? error : new Error(String(error)));
      return plain(502, 'The sign-in failed. Try again: /console/auth/login');
    });
  if (path.startsWith(`${API_PREFIX}/`)) {
    const identity = await identityOf(request, account.signIn);
    if (identity === undefined) return unknown();
    return handleRequest(
      { ...request, headers: { ...request.headers, host } },
      {
        catalogue: account.catalogue,
        ...(account.working === undefined ? {} : { working: account.working }),
        ...(account.source === undefined ? {} : { source: account.source }),
        now: account.now,
        where: 'aws',
        by: identity.name,
        readOnly: !identity.groups.includes(account.signIn.settings.operators),
      },
      account.onFailure,
    );
  }
  return page(path, account);
}

function page(path: string, { web, readFile }: AccountConsole): HttpResponse {
  if (path === '/') return { status: 302, headers: { ...PAGE_HEADERS, location: '/console' }, body: '' };
  const asset = path.startsWith('/console/assets/');
  const wanted = asset ? path.slice('/console/'.length) : 'index.html';
  // Only names that were bundled: a path leads nowhere else.
  const file = web.find((one) => one.path === wanted);
  if (file === undefined) return plain(404, 'Not found');
  return {
    status: 200,
    headers: {
      ...PAGE_HEADERS,
      'content-type': file.type,
      'cache-control': asset ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
    body: readFile(wanted),
  };
}

function unknown(): HttpResponse {
  const error = {
    name: 'Millrace.SignIn',
    message: 'Nobody is signed in.',
    remedy: 'Sign in: /console/auth/login',
  };
  return {
    status: 401,
    headers: { ...PAGE_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify({ error }),
  };
}

function plain(status: number, text: string): HttpResponse {
  return {
    status,
    headers: { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
    body: `${text}\n`,
  };
}
