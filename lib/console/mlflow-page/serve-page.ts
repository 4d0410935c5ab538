/**
 * MLflow's own page in an account, on an address of its own, so that its scripts reach nothing of the console. The files of
 * the page are those of a wheel that everybody can install, and are answered to all, so that they can be cached on the way.
 *
 * 1. Whoever asks for anything else has signed in, as for the console.
 * 2. What they may do says the file of permissions; without one, operators may do everything and all others read.
 * 3. Files are read here, never written: MLflow's clients do that, by their API.
 */
import { gunzipSync } from 'node:zlib';
import { accessOf, type Access } from '../../mlflow/access/access';
import { tokenCaller } from '../../mlflow/access/caller';
import { handleRequest } from '../../mlflow/handle-request';
import { LAMBDA_INLINE_BYTES, type HttpRequest, type HttpResponse } from '../../mlflow/http';
import { errorResponse } from '../../mlflow/json-http';
import { MlflowError } from '../../mlflow/mlflow-error';
import { decoding } from '../../mlflow/query';
import type { TrackingPermissions } from '../../model/tracking-permissions';
import { hostOf } from '../account-http';
import { FILE_HEADERS, isForeign, MLFLOW_PAGE_HEADERS } from '../security';
import { identityOf, signIn, type Identity, type SignInPlaces, type SignInPorts } from '../sign-in/sign-in';
import type { PageFile } from './bundle-page';

export interface AccountPage {
  readonly files: readonly PageFile[];
  /** Bytes of one of the files, compressed by gzip. */
  readonly readCompressed: (path: string) => Uint8Array;
  /** @default operators may do everything, all others read */
  readonly permissions?: TrackingPermissions;
  readonly onFailure: (error: Error) => void;
  readonly signIn: SignInPorts;
}

const PLACES: SignInPlaces = { prefix: '/auth', home: '/', leadsTo: (path) => path === '/' };
const STATIC = '/static-files/';
/** What the page asks for, relative to its own address. */
const API =
  /^\/(?:ajax-api\/\d+\.\d+\/.*|graphql|get-artifact|model-versions\/get-artifact|version|health)$/s;
const FILES =
  /^\/ajax-api\/2\.0\/mlflow(?:-artifacts\/|\/upload-artifact$|\/artifacts\/presigned-upload-url$)/;

/** Never throws. */
export async function serveMlflowPage(request: HttpRequest, page: AccountPage): Promise<HttpResponse> {
  const host = hostOf(request);
  const { path } = request;
  if (path.startsWith(`${PLACES.prefix}/`))
    return signIn(request, host, page.signIn, PLACES).catch((error: unknown) => {
      page.onFailure(error instanceof Error ? error : new Error(String(error)));
      return plain(502, 'The sign-in failed. Try again: /auth/login');
    });
  if (path.startsWith(STATIC)) return file(path.slice(STATIC.length), request, page);
  const identity = await identityOf(request, page.signIn);
  if (path === '/') {
    if (identity !== undefined) return file('index.html', request, page);
    return { status: 302, headers: { location: '/auth/login', 'cache-control': 'no-store' }, body: '' };
  }
  const answer = await api({ ...request, headers: { ...request.headers, host } }, identity, page);
  return { ...answer, headers: { 'cache-control': 'no-store', ...answer.headers, ...FILE_HEADERS } };
}

async function api(
  request: HttpRequest,
  identity: Identity | undefined,
  { permissions, signIn: ports, onFailure }: AccountPage,
): Promise<HttpResponse> {
  const path = decoding(request.path);
  if (path === undefined || !API.test(path))
    return refused('ENDPOINT_NOT_FOUND', `The page of MLflow asks for nothing at ${request.path}.`);
  if (identity === undefined)
    return refused('UNAUTHENTICATED', 'Nobody is signed in, or not any more. Load the page again.');
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!reads && isForeign(request))
    return refused('PERMISSION_DENIED', 'The request does not come from this page.');
  if (!reads && FILES.test(path))
    return refused('PERMISSION_DENIED', 'The page only reads artifacts; write them by MLflow’s API.');
  return handleRequest(
    { ...request, path },
    {
      by: identity.name,
      access: accessFor(identity, permissions, ports.settings.operators),
      maxInlineBytes: LAMBDA_INLINE_BYTES,
      onFailure,
    },
  );
}

function accessFor(
  identity: Identity,
  permissions: TrackingPermissions | undefined,
  operators: string,
): Access {
  const claims = identity.claims ?? { sub: identity.name, 'cognito:groups': identity.groups };
  return accessOf(
    permissions ?? {
      default: 'READ',
      admins: [`group:${operators}`],
      groups: {},
      experiments: [],
      models: [],
      claims: { user: 'sub', groups: 'cognito:groups' },
    },
    tokenCaller(claims, permissions?.claims),
  );
}

function file(wanted: string, { method, headers }: HttpRequest, page: AccountPage): HttpResponse {
  const name = decoding(wanted);
  // Only names that were bundled: a path leads nowhere else.
  const found = page.files.find(({ path }) => path === name);
  if (found === undefined) return plain(404, 'Not found');
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Files of the page are only read.');
  const compressed = page.readCompressed(found.path);
  const asIs = (headers['accept-encoding'] ?? '').includes('gzip');
  return {
    status: 200,
    headers: {
      ...MLFLOW_PAGE_HEADERS,
      'content-type': found.type,
      // Names of the others follow from their content, or their content never changes.
      'cache-control': found.path === 'index.html' ? 'no-cache' : 'public, max-age=2419200',
      vary: 'accept-encoding',
      ...(asIs ? { 'content-encoding': 'gzip' } : {}),
    },
    body: asIs ? compressed : gunzipSync(compressed),
  };
}

function refused(code: ConstructorParameters<typeof MlflowError>[0], message: string): HttpResponse {
  return errorResponse(new MlflowError(code, message));
}

function plain(status: number, text: string): HttpResponse {
  return {
    status,
    headers: { ...MLFLOW_PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
    body: `${text}\n`,
  };
}
