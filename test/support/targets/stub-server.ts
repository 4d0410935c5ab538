/** A service on 127.0.0.1 that speaks a protocol of AWS or Kubernetes, keeps its state in memory, and can be made to fail. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface StubRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface StubAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the tests ask of each service. */
export interface TargetStub {
  /** Share of the traffic of each version that has any, by what the service was told. */
  shares(endpoint: string): Readonly<Record<string, number>>;
  /** Version that a request for the candidate comes to. */
  candidate(endpoint: string): string | undefined;
  /** Versions for which something is there. */
  versions(endpoint: string): readonly string[];
  /** Versions with this image do not come up. */
  readonly broken: Set<string>;
  readonly server: StubServer;
  /** Environment that leads clients to it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): void;
}

export class StubServer {
  /** Names of the calls that change something, in order. */
  readonly writes: string[] = [];
  /** Further calls that are refused as too many. */
  throttled = 0;
  /** Calls of this name fail as often. */
  readonly failing = new Map<string, number>();
  url = '';
  private server: Server | undefined;

  constructor(
    private readonly nameOf: (request: StubRequest) => string,
    private readonly answer: (name: string, request: StubRequest) => StubAnswer,
    private readonly refuse: (kind: 'throttled' | 'failing') => StubAnswer,
    /** Key and certificate, PEM. @default plain HTTP */
    private readonly tls?: { readonly key: string; readonly cert: string },
  ) {}

  async start(): Promise<void> {
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { status, body, headers } = this.handle({
          method: request.method ?? 'GET',
          url: new URL(request.url ?? '/', 'http://stub'),
          headers: request.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    };
    this.server = this.tls === undefined ? createServer(listener) : createSecureServer(this.tls, listener);
    await new Promise<void>((resolve) => this.server?.listen(0, '127.0.0.1', resolve));
    this.url = `${this.tls === undefined ? 'http' : 'https'}://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  private handle(request: StubRequest): StubAnswer {
    const name = this.nameOf(request);
    if (this.throttled > 0) {
      this.throttled--;
      return this.refuse('throttled');
    }
    const left = this.failing.get(name) ?? 0;
    if (left > 0) {
      this.failing.set(name, left - 1);
      return this.refuse('failing');
    }
    const answer = this.answer(name, request);
    if (answer.status < 300 && /^(?:Create|Update|Delete|Register|Modify|Apply)/.test(name))
      this.writes.push(name);
    return answer;
  }
}

/** Errors in the protocol `aws-json`. */
export function jsonError(type: string, message: string, status = 400): StubAnswer {
  return { status, body: { __type: type, message } };
}
