/**
 * The messages around a job: a container that runs for a task on Fargate, Batch, SageMaker or Kubernetes. The compiler
 * writes them, the function `jobs` reads them.
 *
 * Invariants:
 * 1. A job has a name that follows from the run, the task and a number. The number grows only when the job before it has
 *    failed, so that a retry, a rerun or a redrive finds the job that still runs instead of starting a second.
 * 2. What a job takes and gives lies in S3, at `executions/<run id>/<task>/<job>/input.json` and `…/output.json`.
 */
import type { ComputeService } from './compute';
import type { TaskEvent, TaskResult } from './envelope';
import type { JsonObject } from './json';

/** Where a job is to be found. */
export interface JobPlace {
  readonly service: ComputeService;
  /** Cluster (Fargate, Kubernetes) or queue (Batch). */
  readonly where: string;
  /** Fargate: family of the task definition. */
  readonly family?: string;
  /** Kubernetes. */
  readonly namespace?: string;
  /** Where its lines go. */
  readonly logGroup: string;
}

export type JobEvent = JobEventBase &
  (
    | { readonly action: 'prepare' }
    /** Asked again and again while the job runs. */
    | { readonly action: 'watch'; readonly plan: JobPlan; readonly end: JobEnd }
    | { readonly action: 'collect'; readonly plan: JobPlan; readonly end: JobEnd }
  );

interface JobEventBase {
  /** As a function would get it, but for `attempt`, which is counted in the task's record. */
  readonly event: TaskEvent;
  readonly place: JobPlace;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Present when the container runs the handler of a contract; else it writes whatever `outputSchema` allows. */
  readonly handler?: {
    /** Where the handler's `index.js` lies, or for Python the archive of its folder. */
    readonly bundle: string;
    /** Where the archive with its native modules lies. */
    readonly layer?: string;
    readonly codeHash: string;
    /** Under which its lines and metrics go out: the pipeline. */
    readonly service: string;
    /** What the task sets besides, and for Python the contract and where the tracking store is. */
    readonly environment?: { readonly [name: string]: string };
  };
  readonly outputSchema?: JsonObject;
  /** Ends the task as skipped. */
  readonly skipOnExitCode?: number;
}

/** What to do: begin a job, wait for one that runs, or nothing, as the task has succeeded before. */
export interface JobPlan {
  readonly how: 'start' | 'watch' | 'done';
  readonly name: string;
  readonly attempt: number;
  readonly inputUri: string;
  readonly outputUri: string;
  /** The input as JSON when it is short, else empty. */
  readonly input: string;
  /** Fargate. */
  readonly network?: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
    readonly assignPublicIp: 'ENABLED' | 'DISABLED';
  };
  /** Kubernetes. */
  readonly cluster?: { readonly endpoint: string; readonly certificateAuthority: string };
  readonly result?: TaskResult;
}

/** How a job ended, or what Step Functions said of it. */
export interface JobEnd {
  readonly status: 'succeeded' | 'failed' | 'unknown';
  readonly reason?: string | null;
  readonly exitCode?: number | null;
  /** Set when Step Functions reported an error: its name. */
  readonly error?: string | null;
}

/** What a handler in a container finds as its input. */
export interface HandlerInput {
  readonly event: TaskEvent;
  readonly bundle: string;
  readonly layer?: string;
  readonly environment: { readonly [name: string]: string };
  readonly job: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

/** What a handler in a container leaves behind. */
export type HandlerOutput =
  { readonly result: TaskResult } | { readonly error: { readonly name: string; readonly message: string } };

/** In the task's record: the job that is, or was, run for it. */
export interface RecordedJob {
  readonly service: ComputeService;
  readonly name: string;
  /** 1 for the first job of the task in the run. */
  readonly number: number;
  /** Where its lines are: all of a stream, or of the streams that begin so. */
  readonly log?: { readonly group: string; readonly stream: string };
}

/** Variables that each job has in its environment. */
export const JOB_VARIABLES = [
  'MILLRACE_RUN',
  'MILLRACE_TASK',
  'MILLRACE_DS',
  'MILLRACE_JOB',
  'MILLRACE_INPUT',
  'MILLRACE_INPUT_URI',
  'MILLRACE_OUTPUT_URI',
] as const;
