/** Processes of functions, kept warm for the next call as far as there is room. */
import { randomUUID } from 'node:crypto';
import type { LogStore } from '../logs/log-store';
import type { FunctionConfig } from './function-config';
import type { PythonInterpreter } from './python-environments';
import { Worker } from './worker';

export interface WorkerPoolOptions {
  readonly logs: LogStore;
  readonly projectRoot: string;
  /** Where what V8 compiled of functions lies. @default nowhere */
  readonly codeCache?: string | undefined;
  /** Processes that are kept for the next call, the least recently used goes first. @default 24 */
  readonly warm?: number | undefined;
  /** `127.0.0.1:port`, known once the server listens. */
  readonly host: () => string;
  readonly environmentFor: (config: FunctionConfig) => Readonly<Record<string, string>>;
  /** The time that functions see, milliseconds since 1970. @default this machine's */
  readonly now?: () => number;
}

const MAX_WARM = 24;

interface Entry {
  /** Of the function and, if it is one, the version. */
  readonly name: string;
  readonly worker: Worker;
  readonly config: FunctionConfig;
}

export class WorkerPool {
  private readonly workers = new Map<string, Entry>();

  constructor(private readonly options: WorkerPoolOptions) {}

  /** One that is idle, or a new one. */
  take(config: FunctionConfig, python: PythonInterpreter | undefined): Worker {
    for (const entry of this.workers.values())
      if (entry.name === workerName(config) && entry.worker.idle) return entry.worker;
    this.makeRoom();
    return this.start(config, python);
  }

  /** Starts one for a function that has none, if there is room. */
  prepare(config: FunctionConfig): void {
    const name = workerName(config);
    const there = [...this.workers.values()].some((entry) => entry.name === name);
    if (!there && this.workers.size < this.mostWarm) this.start(config, undefined);
  }

  /** The function has changed: those that are at work end their call. */
  retire(name: string): void {
    for (const [id, entry] of this.workers) {
      if (entry.name !== name) continue;
      if (entry.worker.idle) entry.worker.kill();
      this.workers.delete(id);
    }
  }

  /** By the id that its address has. */
  get(id: string): Worker | undefined {
    return this.workers.get(id)?.worker;
  }

  /** Ids of the processes of a function. */
  processesOf(name: string): number[] {
    const mine = [...this.workers.values()].filter(({ config }) => config.name === name);
    return mine.flatMap(({ worker }) => (worker.pid === undefined ? [] : [worker.pid]));
  }

  stop(): void {
    for (const { worker } of this.workers.values()) worker.kill();
    this.workers.clear();
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
}

/** Versions have processes of their own. */
function workerName({ name, version }: FunctionConfig): string {
  return version === undefined ? name : `${name}:${version}`;
}
