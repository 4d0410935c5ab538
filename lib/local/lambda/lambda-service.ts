/** AWS Lambda on this machine: the API, and pools of worker processes that are kept warm. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import type { Database, RootDatabase } from 'lmdb';
import { pruneCodeCache } from './code-cache';
import { AwsError, type HttpService, type Principal } from '../service';
import type { LogStore } from '../logs/log-store';
import type { FunctionConfig } from './function-config';
import { FunctionVersions } from './function-versions';
import { PythonEnvironments, PythonUnavailable, type PythonInterpreter } from './python-environments';
import { Slots, type Turn } from './slots';
import { Worker, type InvocationResult } from './worker';

export interface LambdaOptions {
  readonly root: RootDatabase;
  readonly logs: LogStore;
  /** Told of every invocation: which function, how long, and whether it failed. */
  readonly measured?: (name: string, milliseconds: number, failed: boolean) => void;
  /** Told of every invocation that was refused because too many are under way. */
  readonly throttled?: (name: string) => void;
  /** Invocations at the same time, those that wait for a process included. @default no limit */
  readonly concurrency?: number | undefined;
  /** Told of an asynchronous invocation that failed for good, with the queue of the function. */
  readonly deadLetter?: (queueArn: string, payload: string, why: string) => void;
  readonly projectRoot: string;
  /** Where virtual environments of Python lie. */
  readonly pythonDirectory: string;
  /** Where the code of published versions lies. */
  readonly versionsDirectory: string;
  /** Where what V8 compiled of functions lies. @default nowhere */
  readonly codeCache?: string | undefined;
  /** Tasks of pipelines, which are published versions, that run at the same time. @default the cores, at least 2 */
  readonly parallel?: number | undefined;
  /** Processes that are kept for the next call, the least recently used goes first. @default 24 */
  readonly warm?: number | undefined;
  /** `127.0.0.1:port`, known once the server listens. */
  readonly host: () => string;
  readonly environmentFor: (config: FunctionConfig) => Readonly<Record<string, string>>;
  /** The time that functions see, milliseconds since 1970. @default this machine's */
  readonly now?: () => number;
}

/** Processes at once, of tasks and of all other functions; more invocations wait. Neither waits for the other. */
const MAX_BUSY = Math.max(2, availableParallelism());
const MAX_WARM = 24;
export const THROTTLED = 'TooManyRequestsException';

export class LambdaService implements HttpService {
  private readonly functions: Database<FunctionConfig, string>;
  private readonly workers = new Map<
    string,
    { readonly name: string; readonly worker: Worker; readonly config: FunctionConfig }
  >();
  private readonly tasks: Slots;
  private readonly asynchronous = new Set<Promise<unknown>>();
  private underWayNow = 0;
  /** Asynchronous invocations that were throttled, and wait for one that ends. */
  private readonly room: (() => void)[] = [];
  private readonly others = new Slots(MAX_BUSY);
  private readonly pythons: PythonEnvironments;
  private readonly versions: FunctionVersions;

  constructor(private readonly options: LambdaOptions) {
    this.pythons = new PythonEnvironments(options.pythonDirectory);
    this.tasks = new Slots(options.parallel ?? MAX_BUSY);
    this.versions = new FunctionVersions(options.root, options.versionsDirectory);
    this.functions = options.root.openDB({ name: 'lambda.functions', encoding: 'json' });
    if (options.codeCache !== undefined) pruneCodeCache(options.codeCache);
  }

  put(config: FunctionConfig): void {
    const before = this.functions.get(config.name);
    this.options.root.transactionSync(() => void this.functions.put(config.name, config));
    if (JSON.stringify(before) !== JSON.stringify(config)) this.retire(config.name);
  }

  /** A version of a function as it is now. */
  publish(nameOrArn: string): { readonly arn: string; readonly version: number } {
    const config = this.require(nameOrArn);
    return { arn: config.arn, version: this.versions.publish(config) };
  }

  remove(name: string): void {
    this.options.root.transactionSync(() => void this.functions.remove(name));
    this.retire(name);
  }

  /** Whether a function runs, or waits for a slot to run in. */
  get busy(): boolean {
    return this.underWayNow > 0;
  }

  /** Ids of the processes of a function. */
  processesOf(name: string): number[] {
    const mine = [...this.workers.values()].filter(({ config }) => config.name === name);
    return mine.flatMap(({ worker }) => (worker.pid === undefined ? [] : [worker.pid]));
  }

  /** Starts processes of functions that will be called soon and have none, as far as there is room. By name or ARN. */
  prepare(functions: readonly string[]): void {
    for (const nameOrArn of functions) {
      const config = this.find(nameOrArn);
      if (config === undefined || config.runtime.startsWith('python')) continue;
      const name = workerName(config);
      const there = [...this.workers.values()].some((entry) => entry.name === name);
      if (!there && this.workers.size < this.mostWarm) this.start(config, undefined);
    }
  }

  stop(): void {
    for (const { worker } of this.workers.values()) worker.kill();
    this.workers.clear();
  }

  /** Runs a function by name or ARN. @throws AwsError ResourceNotFoundException, TooManyRequestsException */
  async invoke(nameOrArn: string, payload: string, turn?: Turn): Promise<InvocationResult> {
    if (this.underWayNow >= (this.options.concurrency ?? Infinity)) {
      this.options.throttled?.(this.require(nameOrArn).name);
      throw new AwsError(THROTTLED, 'Rate Exceeded.', 429, { Reason: 'ConcurrentInvocationLimitExceeded' });
    }
    this.underWayNow++;
    try {
      return await this.run(nameOrArn, payload, turn);
    } finally {
      this.underWayNow--;
      this.room.shift()?.();
    }
  }

  private async run(nameOrArn: string, payload: string, turn?: Turn): Promise<InvocationResult> {
    const config = this.require(nameOrArn);
    let python: PythonInterpreter | undefined;
    try {
      if (config.runtime.startsWith('python')) python = await this.pythonFor(config);
    } catch (error) {
      if (!(error instanceof PythonUnavailable)) throw error;
      this.options.logs.append(config.logGroup, 'python', error.message);
      // No retry mends it.
      const errorMessage = `${error.name}: ${error.message}`;
      return {
        functionError: 'Unhandled',
        payload: JSON.stringify({ errorType: 'Millrace.DoNotRetry', errorMessage }),
      };
    }
    const slots = config.version === undefined ? this.others : this.tasks;
    return slots.within(async () => {
      const started = Date.now();
      const result = await this.worker(config, python).invoke(payload);
      this.options.measured?.(config.name, Date.now() - started, result.functionError !== undefined);
      return result;
    }, turn);
  }

  async handle(request: IncomingMessage, response: ServerResponse, _principal: Principal): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://lambda');
    try {
      const match = /^\/2015-03-31\/functions(?:\/([^/]+)(\/[\w-]+)?)?\/?$/.exec(
        decodeURIComponent(pathname),
      );
      if (match === null) throw new AwsError('ResourceNotFoundException', `No such path: ${pathname}`, 404);
      const [, name, action] = match;
      if (name === undefined)
        return answer(response, 200, {
          Functions: [...this.functions.getRange({})].map(({ value }) => describe(value)),
        });
      if (request.method === 'POST' && action === '/invocations')
        return await this.invokeOverHttp(name, request, response);
      const config = this.require(name);
      if (action === '/configuration') return answer(response, 200, describe(config));
      if (action === undefined && request.method === 'GET')
        return answer(response, 200, { Configuration: describe(config), Code: { RepositoryType: 'S3' } });
      throw new AwsError(
        'InvalidRequestContentException',
        `Not served here: ${request.method ?? ''} ${pathname}`,
        400,
      );
    } catch (error) {
      const known =
        error instanceof AwsError
          ? error
          : new AwsError('ServiceException', error instanceof Error ? error.message : String(error), 500);
      answer(
        response,
        known.status,
        { Type: 'User', Message: known.message, message: known.message },
        { 'x-amzn-errortype': known.code },
      );
    }
  }

  /** Requests of worker processes: `/_runtime/<worker>/2018-06-01/runtime/…`. */
  async serveRuntime(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , id, ...rest] = (request.url ?? '').split('/');
    const entry = this.workers.get(id ?? '');
    if (entry === undefined) return answer(response, 410, {});
    await entry.worker.serve(`/${rest.join('/')}`, request, response);
  }

  private async invokeOverHttp(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const payload = Buffer.concat(chunks).toString('utf8') || '{}';
    try {
      JSON.parse(payload);
    } catch {
      throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json', 400);
    }
    this.require(name);
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'DryRun') return answer(response, 204, undefined);
    if (type === 'Event') {
      this.underWay(this.invokeAsync(name, payload));
      return answer(response, 202, undefined);
    }
    const result = await this.invoke(name, payload);
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...(result.functionError === undefined ? {} : { 'x-amz-function-error': result.functionError }),
      'content-length': Buffer.byteLength(result.payload),
    });
    response.end(result.payload);
  }

  /** Waits for what was invoked without anybody waiting for it. */
  async settle(milliseconds: number): Promise<void> {
    const deadline = new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
    await Promise.race([Promise.all(this.asynchronous), deadline]);
  }

  private underWay(work: Promise<unknown>): void {
    const settled = work.catch(() => {}).finally(() => this.asynchronous.delete(settled));
    this.asynchronous.add(settled);
  }

  /** As for events: two more attempts, then the dead letter queue of the function. What is throttled waits. */
  async invokeAsync(name: string, payload: string): Promise<InvocationResult> {
    let result = await this.invokePatiently(name, payload);
    for (let attempt = 0; attempt < 2 && result.functionError !== undefined; attempt++)
      result = await this.invokePatiently(name, payload);
    const { deadLetterArn } = this.require(name);
    if (result.functionError !== undefined && deadLetterArn !== undefined)
      this.options.deadLetter?.(deadLetterArn, payload, result.payload);
    return result;
  }

  private async invokePatiently(name: string, payload: string): Promise<InvocationResult> {
    for (;;) {
      try {
        return await this.invoke(name, payload);
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== THROTTLED) throw error;
        await new Promise<void>((resolve) => this.room.push(resolve));
      }
    }
  }

  private pythonFor({ codeDirectory, logGroup }: FunctionConfig): Promise<PythonInterpreter> {
    return this.pythons.interpreterFor(codeDirectory, (line) =>
      this.options.logs.append(logGroup, 'python', line),
    );
  }

  private worker(config: FunctionConfig, python: PythonInterpreter | undefined): Worker {
    for (const entry of this.workers.values())
      if (entry.name === workerName(config) && entry.worker.idle) return entry.worker;
    this.makeRoom();
    return this.start(config, python);
  }

  private start(config: FunctionConfig, python: PythonInterpreter | undefined): Worker {
    const id = randomUUID();
    const worker = new Worker({
      config,
      id,
      runtimeApi: `${this.options.host()}/_runtime/${id}`,
      environment: this.options.environmentFor(config),
      python,
      projectRoot: this.options.projectRoot,
      codeCache: this.options.codeCache,
      now: this.options.now,
      log: (line) => this.options.logs.append(config.logGroup, id, line),
      exited: () => this.workers.delete(id),
    });
    this.workers.set(id, { name: workerName(config), worker, config });
    return worker;
  }

  private get mostWarm(): number {
    return this.options.warm ?? MAX_WARM;
  }

  private makeRoom(): void {
    if (this.workers.size < this.mostWarm) return;
    const idle = [...this.workers.values()]
      .filter((entry) => entry.worker.idle)
      .sort((a, b) => a.worker.lastUsed - b.worker.lastUsed);
    idle[0]?.worker.kill();
  }

  private retire(name: string): void {
    for (const [id, entry] of this.workers) {
      if (entry.name !== name) continue;
      if (entry.worker.idle) entry.worker.kill();
      this.workers.delete(id);
    }
  }

  /** By name or ARN, also of a version: `…:function:name:3`, `name:3`. */
  private require(nameOrArn: string): FunctionConfig {
    const config = this.find(nameOrArn);
    if (config === undefined)
      throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    return config;
  }

  private find(nameOrArn: string): FunctionConfig | undefined {
    const qualified = nameOrArn.includes(':function:') ? (nameOrArn.split(':function:')[1] ?? '') : nameOrArn;
    const [name = '', qualifier] = qualified.split(':');
    return qualifier !== undefined && /^\d+$/.test(qualifier)
      ? this.versions.get(name, Number(qualifier))
      : this.functions.get(name);
  }
}

/** Versions have processes of their own. */
function workerName({ name, version }: FunctionConfig): string {
  return version === undefined ? name : `${name}:${version}`;
}

function describe(config: FunctionConfig): object {
  return {
    FunctionName: config.name,
    FunctionArn: config.arn,
    Runtime: config.runtime,
    Role: config.roleArn,
    Handler: config.handler,
    Timeout: config.timeoutSeconds,
    MemorySize: config.memoryMb,
    Version: config.version === undefined ? '$LATEST' : String(config.version),
    State: 'Active',
    PackageType: 'Zip',
    Environment: { Variables: config.environment },
    LoggingConfig: { LogGroup: config.logGroup },
  };
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
