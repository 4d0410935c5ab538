/** One process that runs one function, one invocation at a time. The host feeds it through the runtime API. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { FunctionConfig } from './function-config';
import type { PythonInterpreter } from './python-environments';

export interface InvocationResult {
  readonly payload: string;
  readonly functionError?: 'Handled' | 'Unhandled';
}

interface Invocation {
  readonly id: string;
  readonly payload: string;
  readonly deadline: number;
  readonly startedAt: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (result: InvocationResult) => void;
}

export interface WorkerOptions {
  readonly config: FunctionConfig;
  readonly id: string;
  /** `127.0.0.1:port/…`: where this worker finds its runtime API. */
  readonly runtimeApi: string;
  readonly environment: Readonly<Record<string, string>>;
  /** For functions in Python. */
  readonly python?: PythonInterpreter | undefined;
  readonly projectRoot: string;
  /** Where compiled code is kept. @default nowhere */
  readonly codeCache?: string | undefined;
  /** The time that functions see, milliseconds since 1970. @default this machine's */
  readonly now?: (() => number) | undefined;
  readonly log: (line: string) => void;
  readonly exited: () => void;
}

const RESPONSE_LIMIT = 6 * 1024 * 1024;
/** Log lines of one invocation beyond this are not kept. */
const LOG_LIMIT_BYTES = 1024 * 1024;

export class Worker {
  private readonly child: ChildProcess;
  private current: Invocation | undefined;
  private poll: ServerResponse | undefined;
  private logged = 0;
  private full = false;
  private initError: string | undefined;
  lastUsed = Date.now();
  alive = true;

  constructor(private readonly options: WorkerOptions) {
    const { config } = options;
    const { python } = options;
    this.child = spawn(
      python?.program ?? process.execPath,
      python === undefined
        ? [
            `--max-old-space-size=${Math.max(64, Math.floor(config.memoryMb * 0.9))}`,
            join(__dirname, 'bootstrap.js'),
          ]
        : ['-u', join(__dirname, 'bootstrap.py')],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          ...systemEnvironment(),
          ...config.environment,
          ...python?.environment,
          ...(python === undefined ? {} : { PYTHONDONTWRITEBYTECODE: '1' }),
          ...options.environment,
          ...(config.layers.length === 0 ? {} : { NODE_PATH: join(options.projectRoot, 'node_modules') }),
          ...(options.codeCache === undefined ? {} : { MILLRACE_CODE_CACHE: options.codeCache }),
          AWS_LAMBDA_RUNTIME_API: options.runtimeApi,
          AWS_LAMBDA_FUNCTION_NAME: config.name,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMb),
          AWS_LAMBDA_FUNCTION_VERSION: String(config.version ?? '$LATEST'),
          AWS_LAMBDA_LOG_GROUP_NAME: config.logGroup,
          AWS_LAMBDA_LOG_STREAM_NAME: options.id,
          AWS_EXECUTION_ENV: python === undefined ? 'AWS_Lambda_nodejs' : `AWS_Lambda_${config.runtime}`,
          LAMBDA_TASK_ROOT: config.codeDirectory,
          _HANDLER: config.handler,
          TZ: 'UTC',
          // Which Node runs here is this machine's affair; nine lines about it in each log help nobody.
          AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        },
      },
    );
    this.child.stdin?.on('error', () => {});
    if (this.child.stdout !== null) this.capture(this.child.stdout);
    if (this.child.stderr !== null) this.capture(this.child.stderr);
    this.child.on('exit', (code, signal) => this.onExit(code, signal));
    this.child.on('error', (error) => this.onExit(null, error.message));
  }

  get pid(): number | undefined {
    return this.alive ? this.child.pid : undefined;
  }

  get idle(): boolean {
    return this.alive && this.current === undefined;
  }

  invoke(payload: string): Promise<InvocationResult> {
    return new Promise((resolve) => {
      const { config } = this.options;
      const now = Date.now();
      const id = randomUUID();
      this.logged = 0;
      this.full = false;
      this.options.log(`START RequestId: ${id} Version: $LATEST`);
      this.current = {
        id,
        payload,
        startedAt: now,
        deadline: now + config.timeoutSeconds * 1000,
        timer: setTimeout(() => this.timedOut(), config.timeoutSeconds * 1000),
        resolve,
      };
      this.feed();
    });
  }

  /** The runtime API, for requests of this worker. */
  async serve(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path.endsWith('/invocation/next')) {
      this.poll = response;
      this.feed();
      return;
    }
    const body = await readBody(request);
    response.writeHead(202, { 'content-length': 0 });
    response.end();
    if (path.endsWith('/init/error')) {
      this.initError = body;
      return;
    }
    const id = /\/invocation\/([^/]+)\/(response|error)$/.exec(path);
    if (id === null || this.current?.id !== id[1]) return;
    if (id[2] === 'error') this.end({ payload: body, functionError: 'Unhandled' });
    else if (Buffer.byteLength(body) > RESPONSE_LIMIT) {
      this.end({
        functionError: 'Unhandled',
        payload: errorPayload(
          'Function.ResponseSizeTooLarge',
          `Response payload size (${Buffer.byteLength(body)} bytes) exceeded maximum allowed payload size (${RESPONSE_LIMIT} bytes).`,
        ),
      });
    } else this.end({ payload: body });
  }

  kill(): void {
    this.alive = false;
    this.child.kill('SIGKILL');
  }

  private feed(): void {
    const { poll, current } = this;
    if (poll === undefined || current === undefined) return;
    this.poll = undefined;
    poll.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': current.id,
      'lambda-runtime-deadline-ms': current.deadline,
      'lambda-runtime-invoked-function-arn': this.options.config.arn,
      ...(this.options.now === undefined ? {} : { 'millrace-now-ms': this.options.now() }),
    });
    poll.end(current.payload);
  }

  private end(result: InvocationResult): void {
    const { current } = this;
    if (current === undefined) return;
    clearTimeout(current.timer);
    this.current = undefined;
    this.lastUsed = Date.now();
    const duration = this.lastUsed - current.startedAt;
    this.options.log(`END RequestId: ${current.id}`);
    this.options.log(
      `REPORT RequestId: ${current.id}\tDuration: ${duration.toFixed(2)} ms\tBilled Duration: ${Math.ceil(duration)} ms\tMemory Size: ${this.options.config.memoryMb} MB`,
    );
    current.resolve(result);
  }

  private timedOut(): void {
    const { current } = this;
    if (current === undefined) return;
    const { timeoutSeconds } = this.options.config;
    this.kill();
    this.options.log(
      `${new Date().toISOString()} ${current.id} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
    );
    this.end({
      functionError: 'Unhandled',
      payload: errorPayload(
        'Sandbox.Timedout',
        `RequestId: ${current.id} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
      ),
    });
  }

  private onExit(code: number | null, signal: string | null): void {
    this.alive = false;
    const id = this.current?.id ?? '';
    const message = `RequestId: ${id} Error: Runtime exited ${signal === null ? `with exit status ${code ?? 0}` : `by signal ${signal}`}`;
    if (this.current !== undefined) this.options.log(message);
    this.end({
      functionError: 'Unhandled',
      payload: this.initError ?? errorPayload('Runtime.ExitError', message),
    });
    this.options.exited();
  }

  private capture(stream: Readable): void {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      this.logged += line.length;
      if (this.logged <= LOG_LIMIT_BYTES) this.options.log(line);
      else if (!this.full) {
        this.full = true;
        this.options.log(`[Further lines are left out: the invocation has logged ${LOG_LIMIT_BYTES} bytes.]`);
      }
    });
  }
}

/** The little of this machine's environment that a process needs to run at all. */
function systemEnvironment(): Record<string, string> {
  const names = ['PATH', 'SYSTEMROOT', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'HOME', 'LANG'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function errorPayload(errorType: string, errorMessage: string): string {
  return JSON.stringify({ errorType, errorMessage });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
