/** The API behind Node's HTTP server. Artifacts stream in both directions. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { TrackingPermissions } from '../model/tracking-permissions';
import { handleRequest } from './handle-request';
import type { HttpResponse } from './http';
import { errorResponse } from './json-http';
import { localAccess } from './local-access';
import { MlflowError } from './mlflow-error';
import { decoding, queryOf } from './query';

export async function serveMlflow(
  request: IncomingMessage,
  response: ServerResponse,
  permissions?: TrackingPermissions,
): Promise<void> {
  const answer = fromElsewhere(request)
    ? errorResponse(new MlflowError('PERMISSION_DENIED', 'Pages of other sites may not use this API.'))
    : await handle(request, permissions);
  // What was not read of the request would block the connection.
  request.resume();
  response.writeHead(answer.status, answer.headers);
  if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) {
    response.end(answer.body);
    return;
  }
  await pipeline(answer.body, response).catch(() => {
    // The client went away, or S3 did; what was promised cannot be told otherwise any more.
    response.destroy();
  });
}

async function handle(
  request: IncomingMessage,
  permissions: TrackingPermissions | undefined,
): Promise<HttpResponse> {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const decoded = decoding(path);
  if (decoded === undefined)
    return errorResponse(new MlflowError('BAD_REQUEST', `The path ${path} cannot be decoded.`));
  return handleRequest(
    {
      method: request.method ?? 'GET',
      path: decoded,
      query: queryOf(new URLSearchParams(query)),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : value,
        ]),
      ),
      body: request,
    },
    {
      ...localAccess(permissions, request.headers.authorization),
      onFailure: (error) => {
        // Cut off in the middle: the client knows.
        if (request.destroyed && !request.complete) return;
        const { cause } = error;
        process.stderr.write(
          `${request.method} ${path}: ${(cause instanceof Error ? cause.stack : undefined) ?? error.stack}\n`,
        );
      },
    },
  );
}

/** A browser says where a page comes from that sends something. */
function fromElsewhere({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin !== undefined && origin !== `http://${host}`;
}
