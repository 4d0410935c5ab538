/**
 * The messages between a state machine and the functions it invokes. The compiler writes them,
 * the runtime reads them; both depend on this file and not on each other.
 *
 * Invariants:
 * 1. A result of at most `INLINE_LIMIT_BYTES` travels whole. A larger one is written to
 *    `executions/<run id>/<task>/<sha256>.json`, and `out` then holds exactly the paths named in `returns`.
 *    The hash in the key lets two attempts at once write different bytes: each marker leads to its own.
 * 2. At each path of `returns` there is always something: the value, an `Offloaded` marker, or `null`.
 *    An expression of the machine over such a path is therefore total.
 * 3. A path marked `inline` is never replaced by a marker.
 * 4. A marker may carry further keys (paths below it that are referenced too); whoever resolves it replaces it whole.
 */
import type { Json, JsonObject } from './json';
import type { CodeVersion, RunContext, TriggerType } from './run-context';
import type { Policy } from './schedule';

/** Results above this size go to S3. The state payload limit is 256 KiB for all branches of a join together. */
export const INLINE_LIMIT_BYTES = 8 * 1024;

/** What the compiler tells the runtime about a path of a task's output that later states read. */
export type ReturnMode = 'inline' | 'any';

/** Payload of `lambda:invoke` for a task. */
export interface TaskEvent {
  /** Task id with its groups: `train/random-forest`; with the index of the item in a map: `scores/score[3]`. */
  readonly task: string;
  readonly run: RunContext;
  /** Retries of this state so far: 0 at the first attempt. */
  readonly attempt: number;
  /** ARN of the execution, and how often it was redriven. */
  readonly execution: string;
  readonly redrive: number;
  /** May hold `Offloaded` markers at any depth. */
  readonly input: Json;
  /** Dotted paths of the output (`metrics.auc`, `files[0].uri`) that the rest of the machine reads. `''` is the whole output. */
  readonly returns: { readonly [path: string]: ReturnMode };
  /** Present when the machine waits for errors by these names. */
  readonly errors?: readonly string[];
  /** Present for a sensor: whether it is asked for the last time, and ends then as skipped instead of failed. */
  readonly poke?: { readonly last: boolean; readonly softFail: boolean };
  /** Present when the result of an earlier run will do that is not older. */
  readonly cache?: {
    readonly seconds: number;
    /** What the function has in its environment besides; another environment may mean another result. */
    readonly environment?: { readonly [name: string]: string };
  };
  /** Present when others hear of its success at once. */
  readonly announces?: {
    readonly success?: true;
    readonly datasets?: readonly string[];
    /** Which part of the datasets. */
    readonly partitionKey?: Json;
  };
  /** Present when the task makes a tracked run again, to be compared with it: the id of that run. */
  readonly reproduces?: string;
  /** Present when the state waits for a token (`.waitForTaskToken`): where heartbeats go. */
  readonly taskToken?: string;
}

/** A value that lies in S3 instead of in the state. */
export interface Offloaded {
  readonly $offloaded: {
    readonly bucket: string;
    readonly key: string;
    readonly sha256: string;
    readonly bytes: number;
    /** Where in the stored document the value is; `''` for all of it. */
    readonly path: string;
  };
}

export type TaskStatus = 'success' | 'failed' | 'skipped' | 'upstream_failed';

/** What the function of a task returns, and what the machine keeps in the task's variable. */
export interface TaskResult {
  readonly status: TaskStatus;
  readonly out: Json;
  /** True when the answer is the record of an earlier success in the same logical run. */
  readonly memo?: boolean;
  /** True when it is the result of an earlier run. */
  readonly cached?: true;
}

/** Payload of the first state. `input` is whatever the execution was started with, by the launcher or by hand. */
export interface BeginEvent {
  readonly pipeline: string;
  readonly execution: { readonly arn: string; readonly name: string; readonly startTime: string };
  readonly input: Json;
  /** JSON Schema (draft 2020-12, input side) of the params, with defaults. */
  readonly paramsSchema: JsonObject;
  /** When runs start; the launcher reads it from the definition. */
  readonly policy?: Policy;
  readonly code: CodeVersion;
}

/** What the launcher passes as the execution's input. By hand, `{}` or `{ "params": {…} }` is enough. */
export interface ExecutionInput {
  /** Id of the logical run; by default derived from the execution's name. */
  readonly runId?: string;
  readonly params?: JsonObject;
  readonly trigger?: TriggerType;
  readonly logicalDate?: string;
  readonly dataIntervalStart?: string;
  readonly dataIntervalEnd?: string;
  /** False: no task takes the result of an earlier run. */
  readonly cache?: boolean;
}

/** Payload of the last task state: how each task ended. */
export interface FinishEvent {
  readonly run: RunContext;
  readonly execution: string;
  readonly tasks: { readonly [task: string]: TaskStatus };
  /** Why tasks failed that no function runs and records; null for those that did not. */
  readonly errors?: { readonly [task: string]: { readonly name: string; readonly message?: string } | null };
  /** How often the execution was redriven. */
  readonly redrive?: number;
  /** Tasks without downstream tasks. The run fails when one of them is failed or upstream_failed. */
  readonly leaves: readonly string[];
  /** What the pipeline returns; parts that tasks did not yield are null. May hold `Offloaded` markers. */
  readonly result?: Json;
}

export interface FinishResult {
  readonly status: 'success' | 'failed';
  /** Tasks that failed themselves, in the order of the definition. */
  readonly failed: readonly string[];
  readonly message: string;
}
