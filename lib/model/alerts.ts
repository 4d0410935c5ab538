/**
 * Who is told when runs and tasks end, are retried, or are late; as data, which the deployed machine carries.
 * Types and no interfaces, as only those are JSON to the compiler.
 */
import type { Access } from './access';
import type { JsonObject } from './json';
import type { Uses } from './uses';

export type Channel =
  /** The alarm topic of the stage, with whoever subscribed to it: e-mail, chats, queues. */
  | { readonly kind: 'topic' }
  /** Gets the notification as JSON. */
  | { readonly kind: 'webhook'; readonly url: SecretRef }
  | { readonly kind: 'slack'; readonly url: SecretRef }
  /** A task of the user's own. A definition says what its function needs, a deployed machine which function it is. */
  | {
      readonly kind: 'task';
      readonly contract: string;
      readonly settings?: CallbackSettings;
      readonly function?: string;
    };

export type CallbackSettings = {
  readonly handler: string;
  readonly native: readonly string[];
  readonly access: readonly Access[];
  readonly uses?: Uses;
  readonly memoryMb: number;
  readonly ephemeralMb: number;
  readonly timeoutSeconds: number;
};

/** A secret of the stage by its name; its value is never part of a definition. */
export type SecretRef = {
  readonly secret: string;
  /** `parameter`: SSM `/millrace/<stage>/<name>`. `secrets-manager`: `millrace/<stage>/<name>`. */
  readonly store: 'parameter' | 'secrets-manager';
};

export type TaskAlerts = {
  readonly onFailure?: readonly Channel[];
  readonly onSuccess?: readonly Channel[];
  readonly onRetry?: readonly Channel[];
  /** Of an approval: somebody is asked. */
  readonly onAsk?: readonly Channel[];
  readonly deadline?: Deadline;
};

export type Deadline = {
  readonly seconds: number;
  /** The run, or the task, should have ended so long after this moment: the start of the run, or its logical date. */
  readonly from: 'start' | 'logical-date';
  readonly channels: readonly Channel[];
};

/** What is done when a line of a task's log has a text. */
export type LogTrigger = {
  /** As it stands in the line, capital letters and small ones told apart. */
  readonly text: string;
  /** @default every task */
  readonly tasks?: readonly string[];
  readonly channels?: readonly Channel[];
  /** A pipeline that starts, once for an execution and task. */
  readonly start?: { readonly pipeline: string; readonly params?: JsonObject };
  /** The run goes on from its failed tasks when it has failed, at most so often. */
  readonly rerun?: { readonly times: number };
};

export type TaskRetries = {
  readonly retries: number;
  /** By the name of the error. */
  readonly rules?: { readonly [error: string]: number };
};

/** Of a pipeline: `onFailure` and `onSuccess` are about the run, `onRetry` about each of its tasks. */
export type Alerts = TaskAlerts & {
  readonly log?: readonly LogTrigger[];
  /** By task id; retries are the attempts after the first. */
  readonly tasks?: { readonly [task: string]: TaskAlerts & TaskRetries };
};
