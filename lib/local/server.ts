/** One HTTP server on 127.0.0.1 for all services: who is meant follows from the headers and the path. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { API_PREFIX, type HttpApis } from './apigateway/http-apis';
import type { Metrics } from './cloudwatch/metrics';
import { prometheusText } from './cloudwatch/prometheus';
import { AwsError, ROOT, type Guest, type HttpService, type JsonService, type Principal } from './service';

export interface Routes {
  readonly json: readonly JsonService[];
  readonly lambda: HttpService;
  readonly runtime: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly query: HttpService;
  readonly apis: Pick<HttpApis, 'handle'>;
  readonly metrics: Pick<Metrics, 'all'>;
  readonly s3: HttpService;
  /** By the name that requests are signed for. */
  readonly signedFor?: Readonly<Record<string, HttpService>>;
  /** By the beginning of the path, for requests that no key of AWS signs. */
  readonly unsigned?: Readonly<Record<string, HttpService>>;
  /** Asked in their order before S3, which takes every path that is left. */
  readonly guests: readonly Guest[];
}

/** Somebody else listens on the port. */
export class PortBusy extends Error {
  override readonly name = 'Millrace.PortBusy';
  readonly remedy: string;

  constructor(port: number, cause: unknown) {
    super(`Port ${port} on 127.0.0.1 is taken by another program.`, { cause });
    this.remedy = `Stop that program, or choose another port: --port ${port + 1}, or --port 0 for a free one.`;
  }
}

const JSON_BODY_LIMIT = 16 * 1024 * 1024;
/** A page in a browser must not reach the port under a name of its own; a container has another one for this machine. */
const HOSTS = /^(?:127\.0\.0\.1|localhost|host\.docker\.internal|(?:[a-z0-9.-]+\.)?localhost)(?::\d+)?$/;

export async function listen(
  routes: Routes,
  port: number,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((request, response) => {
    void dispatch(routes, request, response).catch((error: unknown) => {
      if (!response.headersSent)
        respond(response, 500, { message: error instanceof Error ? error.message : String(error) });
      else response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortBusy(port, error) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

async function dispatch(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-amzn-requestid', randomUUID());
  const path = request.url ?? '/';
  if (!HOSTS.test(request.headers.host ?? ''))
    return respond(response, 403, {
      message: `The host '${request.headers.host ?? ''}' is not served here.`,
    });
  if (path.startsWith('/_runtime/')) return routes.runtime(request, response);
  // Prometheus asks without a signature; with one it is a bucket of that name.
  if (path === '/metrics' && request.method === 'GET' && request.headers.authorization === undefined)
    return text(response, prometheusText(routes.metrics.all()));
  if (path.startsWith(API_PREFIX)) return routes.apis.handle(request, response);
  const principal = principalOf(request);
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return json(routes.json, target, request, response, principal);
  const named = routes.signedFor?.[signedFor(request)];
  if (named !== undefined) return named.handle(request, response, principal);
  const unsigned = Object.entries(routes.unsigned ?? {}).find(([prefix]) => path.startsWith(prefix))?.[1];
  if (unsigned !== undefined) return unsigned.handle(request, response, principal);
  if (path.startsWith('/2015-03-31/')) return routes.lambda.handle(request, response, principal);
  if (
    request.method === 'POST' &&
    String(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  )
    return routes.query.handle(request, response, principal);
  const guest = routes.guests.find((candidate) => candidate.serves(path.split('?')[0] ?? ''));
  if (guest !== undefined) return guest.handle(request, response);
  return routes.s3.handle(request, response, principal);
}

async function json(
  services: readonly JsonService[],
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  principal: Principal,
): Promise<void> {
  const [prefix = '', operation = ''] = target.split('.');
  const service = services.find((candidate) => candidate.target === prefix);
  const type = `application/x-amz-json-${service?.jsonVersion ?? '1.0'}`;
  try {
    const body = await readBody(request);
    if (service === undefined)
      throw new AwsError('UnknownOperationException', `The service of '${target}' is not served here.`);
    let input: unknown;
    try {
      input = JSON.parse(body === '' ? '{}' : body);
    } catch {
      throw new AwsError('SerializationException', 'The request body is no JSON.');
    }
    respond(response, 200, await service.call(operation, input, principal), type);
  } catch (error) {
    const known =
      error instanceof AwsError
        ? error
        : new AwsError('InternalServerError', error instanceof Error ? error.message : String(error), 500);
    respond(
      response,
      known.status,
      { __type: known.code, message: known.message, Message: known.message, ...known.data },
      type,
    );
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > JSON_BODY_LIMIT)
      throw new AwsError('RequestEntityTooLarge', `The request has more than ${JSON_BODY_LIMIT} bytes.`, 413);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The access key says which function or person calls; the developer's own keys are `root`. */
function principalOf(request: IncomingMessage): Principal {
  const credential = /Credential=([^/,]+)\//.exec(request.headers.authorization ?? '')?.[1];
  const role =
    credential?.startsWith('ROLE') === true
      ? Buffer.from(credential.slice(4), 'hex').toString('utf8')
      : undefined;
  return role === undefined ? ROOT : { name: role.split('/').at(-1) ?? role, roleArn: role };
}

function signedFor(request: IncomingMessage): string {
  return /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

/** The access key under which a role's function calls. */
export function accessKeyOf(roleArn: string): string {
  return `ROLE${Buffer.from(roleArn).toString('hex')}`;
}

function text(response: ServerResponse, body: string): void {
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function respond(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  const text = JSON.stringify(body ?? {});
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
