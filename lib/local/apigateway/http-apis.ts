/**
 * HTTP APIs of API Gateway on the local port, under `/_api/<name of the API>/…`. Requests come to the function of their
 * route in payload format 2.0. Who calls is not checked: the port is on 127.0.0.1.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Database, RootDatabase } from 'lmdb';
import type { InvocationResult } from '../lambda/worker';
import { AwsError } from '../service';

interface Api {
  readonly name: string;
  /** ARN of the function of each route key: `$default`, `GET /path`, `ANY /{proxy+}`. */
  readonly routes: Readonly<Record<string, string>>;
}

interface FunctionAnswer {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export interface HttpApisOptions {
  readonly root: RootDatabase;
  readonly invoke: (functionArn: string, payload: string) => Promise<InvocationResult>;
}

export const API_PREFIX = '/_api/';
/** Limit of API Gateway. */
const BODY_LIMIT = 10 * 1024 * 1024;

export class HttpApis {
  private readonly apis: Database<Api, string>;

  constructor(private readonly options: HttpApisOptions) {
    this.apis = options.root.openDB({ name: 'apigateway.apis', encoding: 'json' });
  }

  /** Makes an API, or empties it of its routes: a deployment brings those that it has. */
  putApi(name: string): void {
    this.options.root.transactionSync(() => void this.apis.put(name, { name, routes: {} }));
  }

  putRoute(name: string, routeKey: string, functionArn: string): void {
    const api = this.apis.get(name) ?? { name, routes: {} };
    this.options.root.transactionSync(
      () => void this.apis.put(name, { ...api, routes: { ...api.routes, [routeKey]: functionArn } }),
    );
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    const [, name = '', rest = '/'] = /^\/_api\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const api = this.apis.get(name);
    const method = request.method ?? 'GET';
    const routeKey = api === undefined ? undefined : matching(Object.keys(api.routes), method, rest);
    if (api === undefined || routeKey === undefined)
      return answer(response, 404, {
        message: api === undefined ? `There is no API '${name}'.` : 'Not Found',
      });
    const body = await readBody(request);
    if (body === undefined) return answer(response, 413, { message: 'Request Entity Too Large' });
    const event = eventOf(request, { method, path: rest, search: url.searchParams, body, routeKey });
    let result: InvocationResult;
    try {
      result = await this.options.invoke(api.routes[routeKey] ?? '', JSON.stringify(event));
    } catch (error) {
      if (!(error instanceof AwsError) || error.status !== 429) throw error;
      // The function is throttled, which its API does not say.
      return answer(response, 503, { message: 'Service Unavailable' });
    }
    if (result.functionError !== undefined)
      return answer(response, 500, { message: 'Internal Server Error' });
    send(response, JSON.parse(result.payload) as FunctionAnswer | null);
  }
}

function eventOf(
  request: IncomingMessage,
  {
    method,
    path,
    search,
    body,
    routeKey,
  }: {
    readonly method: string;
    readonly path: string;
    readonly search: URLSearchParams;
    readonly body: Buffer;
    readonly routeKey: string;
  },
): object {
  const text = isText(request.headers['content-type']);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: search.toString(),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(',') : value,
      ]),
    ),
    queryStringParameters: Object.fromEntries(search),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      http: {
        method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: request.headers['user-agent'],
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      timeEpoch: Date.now(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

/** The route of the method and path; one for any method after it, `$default` last. */
function matching(keys: readonly string[], method: string, path: string): string | undefined {
  const fits = (key: string) => {
    const [verb, pattern = ''] = key.split(' ');
    if (verb !== method && verb !== 'ANY') return false;
    const expression = pattern
      .split('/')
      .map((part) => (/^\{[^}]+\+\}$/.test(part) ? '.+' : /^\{[^}]+\}$/.test(part) ? '[^/]+' : escaped(part)))
      .join('/');
    return new RegExp(`^${expression}$`).test(path);
  };
  const found = keys.filter((key) => key !== '$default' && fits(key));
  return found.find((key) => !key.startsWith('ANY ')) ?? found[0] ?? keys.find((key) => key === '$default');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function isText(type: string | undefined): boolean {
  return (
    type === undefined ||
    /^(?:text\/|application\/(?:json|xml|x-www-form-urlencoded|[\w.-]+\+json))/.test(type)
  );
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= BODY_LIMIT) chunks.push(chunk as Buffer);
  }
  return bytes > BODY_LIMIT ? undefined : Buffer.concat(chunks);
}

/** What is no answer in format 2.0 is the body of one with status 200, as in AWS. */
function send(response: ServerResponse, result: FunctionAnswer | null): void {
  if (result?.statusCode === undefined) return answer(response, 200, result);
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded === true ? 'base64' : 'utf8');
  response.writeHead(result.statusCode, {
    ...Object.fromEntries(Object.entries(result.headers ?? {}).map(([name, value]) => [name, String(value)])),
    'content-length': body.length,
  });
  response.end(body);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
