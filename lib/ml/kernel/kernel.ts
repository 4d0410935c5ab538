/**
 * The inner loops of the estimators in WebAssembly (`source`), on memory that threads share. The estimators lay their
 * arrays out in it, call its functions by addresses, and read the results through views of the same memory.
 *
 * A thread needs no file of its own: it is a line of code that makes an instance of the same module on the same memory
 * and serves jobs (`source/jobs.as`), so it works in a bundle as it does from sources.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { KernelFunctions } from './functions';
import { MODULE } from './module';

/** What is used of the global object, whose types belong to TypeScript's library for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: { env: { memory: SharedMemory } },
  ) => { exports: unknown };
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory;
};

type CompiledModule = object;

interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** Kinds of jobs, the numbers of `source/kinds.as`. */
export const JobKind = { growChildren: 0, logisticRows: 1, growForestTree: 2 } as const;

/** Rows of a job that goes by rows: `CHUNK` of `source/gradients.as`. */
export const ROWS_OF_JOB = 16_384;

/** An array of the kernel's memory: where it begins, and a view of it. */
export interface Region<View> {
  readonly at: number;
  readonly view: View;
}

export type Doubles = Region<Float64Array>;

const PAGE = 65_536;
const MOST_PAGES = 65_536;
/** Below it are the kernel's own words and tables. */
const FIRST = 8192;
/** Which of them counts the jobs that are done (`source/jobs.as`). */
const DONE = 19;

export class Kernel {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: MOST_PAGES, shared: true });
  readonly call: KernelFunctions;
  private readonly words = new Int32Array(this.memory.buffer, 0, FIRST / 4);
  private top = FIRST;

  constructor(readonly threads: number) {
    const instance = new WebAssembly.Instance(compiled(), { env: { memory: this.memory } });
    this.call = instance.exports as KernelFunctions;
  }

  /** Has jobs 0 to `jobs` − 1 of a kind done, by this thread and those that serve. */
  run(kind: number, jobs: number): void {
    let done = this.call.dispatch(kind, jobs);
    while (done < jobs) {
      // A nap. (WebAssembly's own wait never returns in the main thread of Node 20 when it has a time limit.)
      Atomics.wait(this.words, DONE, done, 1);
      done = Atomics.load(this.words, DONE);
    }
  }

  /** Memory whose contents are undefined, on a boundary of 64 bytes. @throws RangeError beyond 4 GiB in all */
  allocate(bytes: number): number {
    const at = this.top;
    const end = at + Math.ceil(bytes / 64) * 64 + 64;
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) {
      if (this.memory.buffer.byteLength / PAGE + missing > MOST_PAGES)
        throw new RangeError(
          `Training needs more than 4 GiB for its working memory (${Math.round(end / 2 ** 20)} MiB). Sample the rows, or leave features out.`,
        );
      this.memory.grow(missing);
    }
    this.top = end;
    return at;
  }

  /** What `work` allocates is free again after it. */
  scratch<T>(work: () => T): T {
    const { top } = this;
    try {
      return work();
    } finally {
      this.top = top;
    }
  }

  /** All that was allocated is free again. */
  clear(): void {
    this.top = FIRST;
  }

  bytes(length: number): Region<Uint8Array> {
    const at = this.allocate(length);
    return { at, view: this.bytesAt(at, length) };
  }

  ints(length: number): Region<Int32Array> {
    const at = this.allocate(length * 4);
    return { at, view: this.intsAt(at, length) };
  }

  floats(length: number): Region<Float32Array> {
    const at = this.allocate(length * 4);
    return { at, view: this.floatsAt(at, length) };
  }

  doubles(length: number): Doubles {
    const at = this.allocate(length * 8);
    return { at, view: this.doublesAt(at, length) };
  }

  bytesAt(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, length);
  }

  intsAt(at: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, at, length);
  }

  floatsAt(at: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, at, length);
  }

  doublesAt(at: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, at, length);
  }
}

/** How many threads learn: a number, or 'all' for as many as there are processors. */
export type Threads = number | 'all';

/**
 * Runs `work` with a kernel, and with `threads` − 1 more threads to take its jobs. They end with it.
 * @throws RangeError for less than one thread
 */
export function withKernel<T>(wanted: Threads, work: (kernel: Kernel) => T): T {
  const threads = wanted === 'all' ? processors() : wanted;
  if (!Number.isInteger(threads) || threads < 1 || threads > 256)
    throw new RangeError(`\`threads\` is ${threads}; it must be a whole number from 1 to 256.`);
  const kernel = new Kernel(threads);
  for (let thread = 1; thread < threads; thread++) startThread(kernel, thread);
  try {
    return work(kernel);
  } finally {
    kernel.call.stop();
  }
}

/** A Lambda sees more processors than it may use: it has the time of one for each 1,769 MB. */
function processors(): number {
  const memory = Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? Number.POSITIVE_INFINITY);
  return Math.max(1, Math.min(availableParallelism(), Math.round(memory / 1769)));
}

const SERVE = `
const { workerData: { module, memory, thread } } = require('node:worker_threads');
new WebAssembly.Instance(module, { env: { memory } }).exports.serve(thread);`;

function startThread({ memory }: Kernel, thread: number): void {
  const worker = new Worker(SERVE, {
    eval: true,
    workerData: { module: compiled(), memory, thread },
    // Without the loaders of this process, which would take longer than the work.
    execArgv: [],
  });
  // The work gets done without it, only later.
  worker.on('error', (error) => process.emitWarning(`A thread for training did not run: ${error.message}`));
  worker.unref();
}

let cached: CompiledModule | undefined;

function compiled(): CompiledModule {
  cached ??= new WebAssembly.Module(Buffer.from(MODULE, 'base64'));
  return cached;
}
