/** AWS Lambda on this machine: functions with their versions, run in worker processes as far as there are slots. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import type { Database, RootDatabase } from 'lmdb';
import { AwsError, type HttpService, type Principal } from '../service';
import { AsynchronousCalls, THROTTLED } from './asynchronous-calls';
import { pruneCodeCache } from './code-cache';
import type { FunctionConfig } from './function-config';
import { FunctionVersions } from './function-versions';
import { answer, serveLambda } from './lambda-api';
import { PythonEnvironments, PythonUnavailable, type PythonInterpreter } from './python-environments';
import { Slots, type Turn } from './slots';
import type { InvocationResult } from './worker';
import { WorkerPool, type WorkerPoolOptions } from './worker-pool';

export interface LambdaOptions extends WorkerPoolOptions {
  readonly root: RootDatabase;
  /** Told of every invocation: which function, how long, and whether it failed. */
  readonly measured?: (name: string, milliseconds: number, failed: boolean) => void;
  /** Told of every invocation that was refused because too many are under way. */
  readonly throttled?: (name: string) => void;
  /** Invocations at the same time, those that wait for a process included. @default no limit */
  readonly concurrency?: number | undefined;
  /** Told of an asynchronous invocation that failed for good, with the queue of the function. */
  readonly deadLetter?: (queueArn: string, payload: string, why: string) => void;
  /** Where virtual environments of Python lie. */
  readonly pythonDirectory: string;
  /** Where the code of published versions lies. */
  readonly versionsDirectory: string;
  /** Tasks of pipelines, which are published versions, that run at the same time. @default the cores, at least 2 */
  readonly parallel?: number | undefined;
}

/** Processes at once, of tasks and of all other functions; more invocations wait. Neither waits for the other. */
const MAX_BUSY = Math.max(2, availableParallelism());

export class LambdaService implements HttpService {
  private readonly functions: Database<FunctionConfig, string>;
  private readonly workers: WorkerPool;
  private readonly tasks: Slots;
  private readonly asynchronous: AsynchronousCalls;
  private underWayNow = 0;
  private readonly others = new Slots(MAX_BUSY);
  private readonly pythons: PythonEnvironments;
  private readonly versions: FunctionVersions;

  constructor(private readonly options: LambdaOptions) {
    this.pythons = new PythonEnvironments(options.pythonDirectory);
    this.tasks = new Slots(options.parallel ?? MAX_BUSY);
    this.versions = new FunctionVersions(options.root, options.versionsDirectory);
    this.functions = options.root.openDB({ name: 'lambda.functions', encoding: 'json' });
    if (options.codeCache !== undefined) pruneCodeCache(options.codeCache);
    this.workers = new WorkerPool(options);
    this.asynchronous = new AsynchronousCalls({
      invoke: (name, payload) => this.invoke(name, payload),
      failed: (name, payload, why) => {
        const { deadLetterArn } = this.require(name);
        if (deadLetterArn !== undefined) options.deadLetter?.(deadLetterArn, payload, why);
      },
    });
  }

  put(config: FunctionConfig): void {
    const before = this.functions.get(config.name);
    this.options.root.transactionSync(() => void this.functions.put(config.name, config));
    if (JSON.stringify(before) !== JSON.stringify(config)) this.workers.retire(config.name);
  }

  /** A version of a function as it is now. */
  publish(nameOrArn: string): { readonly arn: string; readonly version: number } {
    const config = this.require(nameOrArn);
    return { arn: config.arn, version: this.versions.publish(config) };
  }

  remove(name: string): void {
    this.options.root.transactionSync(() => void this.functions.remove(name));
    this.workers.retire(name);
  }

  /** Whether a function runs, or waits for a slot to run in. */
  get busy(): boolean {
    return this.underWayNow > 0;
  }

  /** Ids of the processes of a function. */
  processesOf(name: string): number[] {
    return this.workers.processesOf(name);
  }

  /** Starts processes of functions that will be called soon and have none, as far as there is room. By name or ARN. */
  prepare(functions: readonly string[]): void {
    for (const nameOrArn of functions) {
      const config = this.find(nameOrArn);
      if (config === undefined || config.runtime.startsWith('python')) continue;
      this.workers.prepare(config);
    }
  }

  stop(): void {
    this.workers.stop();
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
      this.asynchronous.ended();
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
      const result = await this.workers.take(config, python).invoke(payload);
      this.options.measured?.(config.name, Date.now() - started, result.functionError !== undefined);
      return result;
    }, turn);
  }

  async handle(request: IncomingMessage, response: ServerResponse, _principal: Principal): Promise<void> {
    const functions = {
      all: () => [...this.functions.getRange({})].map(({ value }) => value),
      require: (name: string) => this.require(name),
      invoke: (name: string, payload: string) => this.invoke(name, payload),
      invokeLater: (name: string, payload: string) => this.asynchronous.begin(name, payload),
    };
    await serveLambda(functions, request, response);
  }

  /** Requests of worker processes: `/_runtime/<worker>/2018-06-01/runtime/…`. */
  async serveRuntime(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, , id, ...rest] = (request.url ?? '').split('/');
    const worker = this.workers.get(id ?? '');
    if (worker === undefined) return answer(response, 410, {});
    await worker.serve(`/${rest.join('/')}`, request, response);
  }

  /** Waits for what was invoked without anybody waiting for it. */
  settle(milliseconds: number): Promise<void> {
    return this.asynchronous.settle(milliseconds);
  }

  /** As for events: two more attempts, then the dead letter queue of the function. What is throttled waits. */
  invokeAsync(name: string, payload: string): Promise<InvocationResult> {
    return this.asynchronous.invoke(name, payload);
  }

  private pythonFor({ codeDirectory, logGroup }: FunctionConfig): Promise<PythonInterpreter> {
    return this.pythons.interpreterFor(codeDirectory, (line) =>
      this.options.logs.append(logGroup, 'python', line),
    );
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
