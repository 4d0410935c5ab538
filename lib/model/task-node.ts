/** The tasks of a pipeline as data. Ids carry their groups: `train/random-forest`. */
import type { Access } from './access';
import type { TaskAlerts } from './alerts';
import type { Compute, LocalCommand } from './compute';
import type { JsonObject } from './json';
import type { PythonTask, TrackingMode } from './python-task';
import type { LocalTables, QueryEngine, QueryTarget, TypeHint } from './query-task';
import type { Uses } from './uses';
import type { Value } from './value';

export type TriggerRule =
  | 'all_success'
  | 'all_failed'
  | 'all_done'
  | 'all_skipped'
  | 'one_failed'
  | 'one_success'
  | 'one_done'
  | 'all_done_min_one_success'
  | 'none_failed'
  | 'none_failed_min_one_success'
  | 'none_skipped'
  | 'always';

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  readonly delaySeconds: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds?: number;
  readonly jitter: boolean;
  /** For errors by name, in order; the first that names an error counts. */
  readonly rules?: readonly RetryRule[];
}

export interface RetryRule {
  /** Values of `Error.name`. */
  readonly errors: readonly string[];
  /** Attempts after the first, counted for this rule alone; 0: none. */
  readonly retries: number;
  readonly delaySeconds: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds?: number;
  readonly jitter: boolean;
}

interface NodeBase {
  readonly id: string;
  readonly group?: string;
  /** Upstream tasks without data. */
  readonly after: readonly string[];
  readonly triggerRule: TriggerRule;
  /** The branch whose choice this task belongs to, if it is one of the first tasks of it. */
  readonly chosenBy?: { readonly branch: string; readonly choice: string };
  readonly docs?: string;
  /** `file:line` of the call that made it. */
  readonly place?: string;
}

/** What every task has that does something outside of the machine. */
export interface Work extends NodeBase {
  readonly timeoutSeconds: number;
  readonly retry: RetryPolicy;
  /** At most so many of it at the same time, over all runs. */
  readonly maxActive?: number;
  /** It waits for slots of a pool. */
  readonly pool?: { readonly name: string; readonly size: number; readonly slots: number };
  /** Datasets that its success updates. */
  readonly outlets?: readonly string[];
  /** Which part of them: a text. */
  readonly partitionKey?: Value;
  /** Who is told how it ended. */
  readonly alerts?: TaskAlerts;
  /** The result of an earlier run with the same code and input will do, if it is not older. */
  readonly cache?: { readonly seconds: number };
}

export interface ContractTask extends Work {
  readonly kind: 'task';
  readonly contract: string;
  readonly handler: string;
  readonly native: readonly string[];
  readonly access: readonly Access[];
  /** Variables and connections; `access` lets it read them. */
  readonly uses?: Uses;
  readonly input: Value;
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  readonly environment: { readonly [name: string]: string };
  /** Runs in a container there. @default a Lambda function */
  readonly compute?: Compute;
  /** Its handler is Python. @default TypeScript */
  readonly python?: PythonTask;
  /** As the definition says it; for handlers in Python. */
  readonly tracking?: TrackingMode;
  /** Its handler may end it as skipped. */
  readonly skips?: true;
  /** Called again and again until its handler does not throw `NotReady`. */
  readonly poke?: Poke;
}

export interface Poke {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Ends as skipped instead of failed when the time is up. */
  readonly softFail: boolean;
}

/** Chooses between the tasks that name it in `chosenBy`; the tasks of the other choice are skipped. */
export interface BranchTask extends NodeBase {
  readonly kind: 'branch';
  readonly condition: Value;
}

/** Chooses any number of cases; the tasks of the others are skipped. Its output is the list of those chosen. */
export interface ChooseTask extends NodeBase {
  readonly kind: 'choose';
  readonly cases: readonly { readonly choice: string; readonly condition: Value }[];
  /** Chosen when no other case is. */
  readonly otherwise?: string;
}

/** Ends as skipped unless its condition holds: what is after it is skipped, or not, by its trigger rule. */
export interface ShortCircuitTask extends NodeBase {
  readonly kind: 'short-circuit';
  readonly condition: Value;
}

/** Waits for a length of time, or until an instant. */
export interface WaitTask extends NodeBase {
  readonly kind: 'wait';
  readonly until: 'elapsed' | 'instant';
  /** Seconds, or an ISO 8601 instant. */
  readonly time: Value;
}

/** Waits for the decision of a person. */
export interface ApprovalTask extends NodeBase {
  readonly kind: 'approval';
  /** What the person is asked; text. */
  readonly prompt: Value;
  /** What they are shown besides. */
  readonly details: Value;
  /** JSON Schema of what they fill in. */
  readonly form: JsonObject;
  readonly outputSchema: JsonObject;
  readonly expiresSeconds: number;
  readonly onExpiry: 'fail' | 'skip';
  /** Who is told that somebody is asked, and that nobody decided in time. */
  readonly alerts?: Pick<TaskAlerts, 'onAsk' | 'onFailure'>;
}

/** Starts a run of another pipeline, and may wait for its end. */
export interface TriggerTask extends Work {
  readonly kind: 'trigger';
  readonly pipeline: string;
  readonly params: Value;
  readonly logicalDate: Value;
  readonly wait: boolean;
}

/** A call of an AWS service that the state machine makes itself. */
export interface CallTask extends Work {
  readonly kind: 'call';
  /** As in `arn:aws:states:::aws-sdk:<service>:<action>`. */
  readonly service: string;
  readonly action: string;
  readonly arguments: Value;
  /** JSONata over `$states.result` that makes the output of the response; all of it without. */
  readonly select?: string;
  readonly outputSchema: JsonObject;
  readonly permissions: readonly Permission[];
}

/** A query of a database service that the state machine makes itself. */
export interface QueryTask extends Work {
  readonly kind: 'query';
  readonly engine: QueryEngine;
  /** Constant; values are bound. */
  readonly sql: string;
  /** A list for Athena, an object for the others. */
  readonly parameters: Value;
  readonly types?: { readonly [parameter: string]: TypeHint };
  readonly target: QueryTarget;
  /** Rows that the machine takes of the result. */
  readonly maxRows: number;
  readonly outputSchema: JsonObject;
  readonly permissions: readonly Permission[];
  /** @default it cannot run locally */
  readonly local?: LocalTables;
}

export interface Permission {
  /** IAM actions: `s3:ListBucket`. */
  readonly actions: readonly string[];
  /** ARNs; `{data-bucket}` stands for the ARN of the data bucket. */
  readonly resources: readonly string[];
}

/** A container with whatever is in its image. */
export interface ContainerTask extends Work {
  readonly kind: 'container';
  readonly image: string;
  /** Instead of the entry point of the image. */
  readonly command: readonly string[];
  /** A list. */
  readonly arguments: Value;
  /** An object. */
  readonly environment: Value;
  readonly input: Value;
  readonly outputSchema: JsonObject;
  readonly compute: Compute;
  readonly access: readonly Access[];
  /** Ends it as skipped. */
  readonly skipOnExitCode?: number;
  readonly local?: LocalCommand;
}

/** Joins without doing anything. */
export interface EmptyTask extends NodeBase {
  readonly kind: 'empty';
}

/** Does the same tasks for every item of a list that is known only when the pipeline runs. */
export interface MapTask extends NodeBase {
  readonly kind: 'map';
  readonly items: Value;
  /** What is done for one item; their ids begin with the map's. */
  readonly tasks: readonly TaskNode[];
  /** What an item yields. */
  readonly result: Value;
  /** Items at the same time; 0 is as many as Step Functions allows. */
  readonly maxConcurrency: number;
  /** `distributed`: every item, or batch, is an execution of its own, for thousands of items. */
  readonly mode: 'inline' | 'distributed';
  /** Share of the items, in percent, that may fail without the map failing. */
  readonly toleratedFailurePercentage: number;
  /** Items per execution; `distributed` only. */
  readonly batchSize?: number;
}

/** Of the kinds that do something outside of the machine. */
export type WorkTask = ContractTask | TriggerTask | CallTask | ContainerTask | QueryTask;

export function isWork(task: TaskNode): task is WorkTask {
  return 'retry' in task;
}

export type TaskNode =
  | ContractTask
  | BranchTask
  | ChooseTask
  | ShortCircuitTask
  | WaitTask
  | ApprovalTask
  | TriggerTask
  | CallTask
  | ContainerTask
  | QueryTask
  | EmptyTask
  | MapTask;
