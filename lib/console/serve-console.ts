/** The console behind Node's HTTP server: the page, its files, the API, and live answers as server-sent events. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { HttpRequest } from '../mlflow/http';
import { queryOf } from '../mlflow/query';
import type { WebFile } from './bundle-web';
import { cachedWeb } from './cached-web';
import type { ConsoleOptions } from './console-options';
import { API_PREFIX, handleRequest } from './handle-request';
import { Watch } from './live';
import { PAGE_HEADERS } from './security';

const ASK_AGAIN_MS = 1000;
const MAX_PATHS = 12;
/** Smaller answers are not worth it. */
const COMPRESS_FROM = 2000;

interface ServedFile extends WebFile {
  readonly compressed: Uint8Array;
}

export class ConsoleServer {
  private files: Promise<ReadonlyMap<string, ServedFile>> | undefined;

  /**
   * @param projectRoot where `node_modules` is
   * @param cacheDirectory where the page is kept
   */
  constructor(
    private readonly options: ConsoleOptions,
    private readonly projectRoot: string,
    private readonly cacheDirectory: string,
  ) {}

  /** Makes the page before somebody asks for it. */
  async prepare(): Promise<void> {
    await this.page();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
    if (path === `${API_PREFIX}/live`) return this.live(request, response, new URLSearchParams(query));
    if (path.startsWith(`${API_PREFIX}/`)) return this.api(request, response, path, query);
    request.resume();
    return this.static(request, response, path);
  }

  private async api(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: string,
  ): Promise<void> {
    const asked: HttpRequest = {
      method: request.method ?? 'GET',
      path,
      query: queryOf(new URLSearchParams(query)),
      headers: headersOf(request),
      body: request,
    };
    const { status, headers, body } = await handleRequest(asked, this.options, (error) => {
      process.stderr.write(`${request.method} ${path}: ${error.stack ?? error.message}\n`);
    });
    request.resume();
    if (typeof body === 'string' || body instanceof Uint8Array) {
      const bytes = Buffer.from(body as string);
      send(
        request,
        response,
        status,
        headers,
        bytes,
        headers['content-type'] === 'application/json' ? undefined : null,
      );
      return;
    }
    response.writeHead(status, headers);
    await pipeline(body as Readable, response).catch(() => response.destroy());
  }

  private async static(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, PAGE_HEADERS).end();
      return;
    }
    const files = await this.page();
    const asset = path.startsWith('/console/assets/');
    // Every other path is a place in the page.
    const file = files.get(asset ? path.slice('/console/'.length) : 'index.html');
    if (file === undefined) {
      response.writeHead(404, { ...PAGE_HEADERS, 'content-type': 'text/plain' }).end('Not found\n');
      return;
    }
    const headers = {
      ...PAGE_HEADERS,
      'content-type': file.type,
      'cache-control': asset ? 'public, max-age=31536000, immutable' : 'no-cache',
    };
    send(request, response, 200, headers, file.bytes, file.compressed);
  }

  /** One connection for all views of a page: `?path=/runs/x&path=/operations`. */
  private async live(
    request: IncomingMessage,
    response: ServerResponse,
    query: URLSearchParams,
  ): Promise<void> {
    request.resume();
    const watch = new Watch(query.getAll('path').slice(0, MAX_PATHS), this.options);
    response.writeHead(200, {
      ...PAGE_HEADERS,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    response.write('retry: 2000\n\n');
    while (!response.closed) {
      const changes = await watch.changes();
      if (response.closed) return;
      for (const { path, status, body } of changes)
        response.write(`data: ${JSON.stringify({ path, status })}\ndata: ${body}\n\n`);
      await new Promise((resolve) => {
        setTimeout(resolve, ASK_AGAIN_MS).unref();
      });
    }
  }

  private page(): Promise<ReadonlyMap<string, ServedFile>> {
    this.files ??= cachedWeb(this.projectRoot, this.cacheDirectory).then(
      (files) => new Map(files.map((file) => [file.path, { ...file, compressed: gzipSync(file.bytes) }])),
      (error: unknown) => {
        // Mended files are tried again.
        this.files = undefined;
        throw error;
      },
    );
    return this.files;
  }
}

/** @param compressed what is sent to who takes it; made here when it is left out; `null`: never */
function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  bytes: Uint8Array,
  compressed?: Uint8Array | null,
): void {
  const taken = String(request.headers['accept-encoding'] ?? '').includes('gzip');
  const smaller =
    taken && compressed !== null && bytes.byteLength >= COMPRESS_FROM
      ? (compressed ?? gzipSync(bytes, { level: 1 }))
      : undefined;
  const body = smaller ?? bytes;
  response.writeHead(status, {
    ...headers,
    ...(smaller === undefined ? {} : { 'content-encoding': 'gzip' }),
    vary: 'accept-encoding',
    ...(status === 304 ? {} : { 'content-length': String(body.byteLength) }),
  });
  response.end(request.method === 'HEAD' || status === 304 ? undefined : body);
}

function headersOf(request: IncomingMessage): HttpRequest['headers'] {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
