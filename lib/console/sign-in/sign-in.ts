/**
 * Sign-in by OAuth 2.0 with a code and PKCE (RFC 7636). The token stays in a cookie that no script can read, so that
 * pictures and reports are as protected as the API.
 *
 * 1. Who comes back must bring the state that this browser was sent away with (RFC 6749, section 10.12).
 * 2. A place to go on to is a path of the console, never another site.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../mlflow/http';
import { PAGE_HEADERS } from '../security';
import { cookie, readCookie } from './cookies';
import type { SignInSettings } from './settings';

/** What a token says of who has it. */
export interface Identity {
  readonly name: string;
  readonly groups: readonly string[];
  /** All that the token says. @default nothing but the name and the groups */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Where on a site people sign in, and what they come back to. */
export interface SignInPlaces {
  /** Below it lie `/login`, `/callback` and `/logout`. */
  readonly prefix: string;
  /** The path that shows the site. */
  readonly home: string;
  /** Whether somebody may be led to a path after signing in. A browser takes `//` and `/\\` for another site. */
  readonly leadsTo: (path: string) => boolean;
}

export interface SignInPorts {
  readonly settings: SignInSettings;
  /** Checks signature, issuer, audience and time. @throws Error */
  readonly verify: (token: string) => Promise<Identity>;
  /** Sends a form to the user pool. */
  readonly post: (
    url: string,
    form: URLSearchParams,
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
}

export const SIGN_IN_PREFIX = '/console/auth';
const CONSOLE: SignInPlaces = {
  prefix: SIGN_IN_PREFIX,
  home: '/console',
  leadsTo: (path) => /^\/console(?:[/?][\x20-\x5b\x5d-\x7e]*)?$/.test(path),
};
const FLOW_SECONDS = 600;
/** As long as the token itself is good. */
const TOKEN_SECONDS = 3600;

/** Who signed in; `undefined` without a token, or with one that is not good any more. */
export async function identityOf(request: HttpRequest, ports: SignInPorts): Promise<Identity | undefined> {
  const token = readCookie(request.headers['cookie'], 'id');
  if (token === undefined) return undefined;
  return ports.verify(token).catch(() => undefined);
}

/** `/login`, `/callback` and `/logout` below the prefix. @param host under which the browser knows the site */
export async function signIn(
  request: HttpRequest,
  host: string,
  ports: SignInPorts,
  places: SignInPlaces = CONSOLE,
): Promise<HttpResponse> {
  const { settings } = ports;
  const origin = `https://${host}`;
  const redirect = `${origin}${places.prefix}/callback`;
  const placeOf = (path: string | undefined): string =>
    path !== undefined && places.leadsTo(path) ? path : places.home;
  const refused = (message: string): HttpResponse => refusal(message, places);
  switch (request.path.slice(places.prefix.length)) {
    case '/login': {
      const [state, verifier] = [secret(), secret()];
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: redirect,
        scope: 'openid profile email',
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      const to = Buffer.from(placeOf(request.query['to']?.[0])).toString('base64url');
      return redirectTo(`https://${settings.domain}/oauth2/authorize?${query.toString()}`, [
        cookie('flow', `${state}.${verifier}.${to}`, FLOW_SECONDS),
      ]);
    }
    case '/callback': {
      const [state = '', verifier = '', to = ''] = (
        readCookie(request.headers['cookie'], 'flow') ?? ''
      ).split('.');
      if (state === '' || !same(state, request.query['state']?.[0] ?? ''))
        return refused('The sign-in was not begun here, or too long ago.');
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: settings.clientId,
        redirect_uri: redirect,
        code: request.query['code']?.[0] ?? '',
        code_verifier: verifier,
      });
      const { status, body } = await ports.post(`https://${settings.domain}/oauth2/token`, form);
      const token = (body as { id_token?: unknown } | null)?.id_token;
      if (status !== 200 || typeof token !== 'string') return refused('The user pool gave no token.');
      await ports.verify(token);
      return redirectTo(placeOf(Buffer.from(to, 'base64url').toString('utf8')), [
        cookie('id', token, TOKEN_SECONDS),
        cookie('flow', '', 0),
      ]);
    }
    case '/logout': {
      const query = new URLSearchParams({
        client_id: settings.clientId,
        logout_uri: `${origin}${places.home}`,
      });
      return redirectTo(`https://${settings.domain}/logout?${query.toString()}`, [cookie('id', '', 0)]);
    }
    default:
      return refused('There is no such step of the sign-in.');
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Cookies of an answer stand in one header, a line for each. */
function redirectTo(location: string, cookies: readonly string[]): HttpResponse {
  return {
    status: 302,
    headers: { ...PAGE_HEADERS, location, 'cache-control': 'no-store', 'set-cookie': cookies.join('\n') },
    body: '',
  };
}

function refusal(message: string, { prefix }: SignInPlaces): HttpResponse {
  return {
    status: 400,
    headers: { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: `${message} Begin again: ${prefix}/login\n`,
  };
}
